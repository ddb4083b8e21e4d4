// Replies as a server writes them. The shapes in RESP2 are those of Redis' and Valkey's
// networking.c.

#include "redstart/wire/reply_writer.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cmath>

namespace redstart::wire {
namespace {

[[maybe_unused]] bool is_decimal(std::string_view number)
{
    if (number.starts_with('-') || number.starts_with('+'))
        number.remove_prefix(1);
    return !number.empty() && number.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

reply_writer::reply_writer(std::string& out, wire::protocol const protocol)
    : out_{out}, protocol_{protocol}
{
}

reply_writer& reply_writer::simple_string(std::string_view const text)
{
    return one_line('+', text);
}

reply_writer& reply_writer::simple_error(std::string_view const text)
{
    return one_line('-', text);
}

reply_writer& reply_writer::integer(std::int64_t const number)
{
    return line(':', std::to_string(number));
}

reply_writer& reply_writer::real(double const number)
{
    char text[32];
    // NaN may have a sign, which no protocol knows.
    auto const* const end =
        std::to_chars(text, text + sizeof text, std::isnan(number) ? NAN : number).ptr;
    auto const written = std::string_view{text, end};
    return resp3() ? line(',', written) : blob('$', written);
}

reply_writer& reply_writer::boolean(bool const value)
{
    return resp3() ? line('#', value ? "t" : "f") : integer(value ? 1 : 0);
}

reply_writer& reply_writer::null() { return resp3() ? line('_', "") : line('$', "-1"); }

reply_writer& reply_writer::null_array() { return resp3() ? line('_', "") : line('*', "-1"); }

reply_writer& reply_writer::big_number(std::string_view const digits)
{
    assert(is_decimal(digits));
    return resp3() ? line('(', digits) : blob('$', digits);
}

reply_writer& reply_writer::blob_string(std::string_view const bytes) { return blob('$', bytes); }

reply_writer& reply_writer::blob_error(std::string_view const bytes)
{
    return resp3() ? blob('!', bytes) : simple_error(bytes);
}

reply_writer& reply_writer::verbatim_string(std::string_view const format,
                                            std::string_view const text)
{
    assert(format.size() == 3);
    if (!resp3())
        return blob('$', text);
    header('=', format.size() + 1 + text.size());
    out_.append(format).append(1, ':').append(text).append("\r\n");
    return *this;
}

reply_writer& reply_writer::array(std::uint64_t const elements) { return header('*', elements); }

reply_writer& reply_writer::map(std::uint64_t const pairs)
{
    return resp3() ? header('%', pairs) : header('*', 2 * pairs);
}

reply_writer& reply_writer::set(std::uint64_t const elements)
{
    return header(resp3() ? '~' : '*', elements);
}

reply_writer& reply_writer::push(std::uint64_t const elements)
{
    return header(resp3() ? '>' : '*', elements);
}

reply_writer& reply_writer::attribute(std::uint64_t const pairs)
{
    assert(resp3());
    return header('|', pairs);
}

reply_writer& reply_writer::begin_streamed_array() { return streamed("*?\r\n"); }

reply_writer& reply_writer::begin_streamed_map() { return streamed("%?\r\n"); }

reply_writer& reply_writer::begin_streamed_set() { return streamed("~?\r\n"); }

reply_writer& reply_writer::end_streamed() { return streamed(".\r\n"); }

reply_writer& reply_writer::begin_streamed_string() { return streamed("$?\r\n"); }

reply_writer& reply_writer::string_part(std::string_view const bytes)
{
    assert(resp3());
    return bytes.empty() ? *this : blob(';', bytes);
}

reply_writer& reply_writer::end_streamed_string() { return streamed(";0\r\n"); }

reply_writer& reply_writer::line(char const type, std::string_view const text)
{
    out_.append(1, type).append(text).append("\r\n");
    return *this;
}

reply_writer& reply_writer::one_line(char const type, std::string_view const text)
{
    auto const begin = out_.size() + 1;
    line(type, text);
    auto const first = out_.begin() + static_cast<std::string::difference_type>(begin);
    std::replace_if(
        first, out_.end() - 2, [](char const c) { return c == '\r' || c == '\n'; }, ' ');
    return *this;
}

reply_writer& reply_writer::header(char const type, std::uint64_t const number)
{
    return line(type, std::to_string(number));
}

reply_writer& reply_writer::blob(char const type, std::string_view const bytes)
{
    header(type, bytes.size());
    out_.append(bytes).append("\r\n");
    return *this;
}

reply_writer& reply_writer::streamed(std::string_view const bytes)
{
    assert(resp3());
    out_.append(bytes);
    return *this;
}

}  // namespace redstart::wire
