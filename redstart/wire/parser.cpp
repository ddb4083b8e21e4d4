// The parser: a state machine over the bytes of one connection.
//
// Every decision depends on the bytes alone, never on how many of them happened to be there: every
// split of the same bytes gives the same tokens and the same error. Only the cuts between the parts
// of one string differ.

#include "redstart/wire/parser.hpp"

#include "redstart/wire/line.hpp"
#include "redstart/wire/scalar.hpp"

#include <algorithm>
#include <cassert>

namespace redstart::wire {
namespace {

constexpr std::uint64_t format_prefix = 4;  // "txt:"
constexpr std::uint64_t line_end = line_end_size;
constexpr std::string_view end_mark = ".\r\n";

constexpr auto unended_blob = "a blob does not end with CR LF";
constexpr auto no_format = "a verbatim string without a format";

std::uint64_t between(char const* const from, char const* const to)
{
    return static_cast<std::uint64_t>(to - from);
}

bool is_digit(char const c) { return c >= '0' && c <= '9'; }

}  // namespace

parser::parser(limits const allowed) : limits_{allowed}, nesting_{allowed} {}

progress parser::next(char const*& at, char const* const end, token& out)
{
    if (take_plain_string(at, end, out)) [[likely]]
        return progress::token;
    while (true) {
        auto const made = advance(at, end, out);
        if (made != step::again)
            return static_cast<progress>(made);
    }
}

std::string_view parser::error() const { return error_; }

std::size_t parser::wanted() const { return wanted_; }

std::size_t parser::bypassable() const
{
    bool const possible = state_ == state::blob && blob_.large && !nesting_.stands_aside();
    return possible ? blob_.left : 0;
}

void parser::bypass(std::size_t const bytes)
{
    assert(bytes <= bypassable());
    blob_.left -= bytes;
    wanted_ -= bytes;
}

bool parser::between_frames() const { return state_ == state::value && !nesting_.begun(); }

void parser::reset()
{
    state_ = state::value;
    nesting_.clear();
    searched_ = 0;
    wanted_ = 0;
    error_ = "";
}

// The short way for what most replies are made of: a plain string that lies whole in the buffer. It
// decides nothing: whatever is in any way unusual is left as it is for advance().
bool parser::take_plain_string(char const*& at, char const* const end, token& out)
{
    auto const have = end - at;
    if (have < 11 || *at != '$' || state_ != state::value)
        return false;
    auto const* digit = at + 1;
    std::ptrdiff_t length = 0;
    for (auto const* const stop = at + 8; digit != stop && is_digit(*digit); ++digit)
        length = length * 10 + (*digit - '0');
    auto const* const text = digit + line_end;
    auto const size = text - at + length + 2;
    if (size > have || digit == at + 1 || (at[1] == '0' && digit != at + 2))
        return false;
    if (digit[0] != '\r' || digit[1] != '\n' || text[length] != '\r' || text[length + 1] != '\n')
        return false;
    if (!nesting_.take_plain_value(static_cast<std::uint64_t>(size)))
        return false;

    out = token{.kind = kind::blob_string, .text = {text, static_cast<std::size_t>(length)}};
    nesting_.place(out);
    at += size;
    return true;
}

parser::step parser::advance(char const*& at, char const* const end, token& out)
{
    if (state_ != state::value) [[unlikely]]
        return resume(at, end, out);
    if (nesting_.complete())
        return close_aggregate(out);
    if (at == end)
        return need(0);
    switch (*at) {
    case '$': return begin_blob(kind::blob_string, at, end, out);
    case '!': return begin_blob(kind::blob_error, at, end, out);
    case '=': return begin_blob(kind::verbatim_string, at, end, out);
    case '+': return read_scalar(kind::simple_string, at, end, out);
    case '-': return read_scalar(kind::simple_error, at, end, out);
    case ':': return read_scalar(kind::integer, at, end, out);
    case ',': return read_scalar(kind::real, at, end, out);
    case '#': return read_scalar(kind::boolean, at, end, out);
    case '_': return read_scalar(kind::null, at, end, out);
    case '(': return read_scalar(kind::big_number, at, end, out);
    case '*': return begin_aggregate(kind::array, at, end, out);
    case '%': return begin_aggregate(kind::map, at, end, out);
    case '~': return begin_aggregate(kind::set, at, end, out);
    case '>': return begin_aggregate(kind::push, at, end, out);
    case '|': return begin_attribute(at, end);
    case '.': return read_end_mark(at, end, out);
    case ';': return fail("a part outside of a streamed string");
    default: return fail("an unknown type byte");
    }
}

parser::step parser::resume(char const*& at, char const* const end, token& out)
{
    switch (state_) {
    case state::blob: return read_blob(at, end, out);
    case state::part: return begin_part(at, end, out);
    default: return step::malformed;
    }
}

// ---- blobs --------------------------------------------------------------------------------------

parser::step parser::begin_blob(wire::kind const kind, char const*& at, char const* const end,
                                token& out)
{
    auto const line = read_length(at, end);
    if (line.value < 0)
        return begin_unmeasured_blob(kind, line, at, out);
    auto const length = static_cast<std::uint64_t>(line.value);
    bool const prefixed = kind == kind::verbatim_string;
    if (prefixed && length < format_prefix)
        return fail(no_format);
    if (auto const* const why = nesting_.begin_value(between(at, line.after) + length + line_end))
        return fail(why);

    at = line.after;
    blob_ = {
        .left = length, .kind = kind, .in_parts = length > limits_.whole, .prefixed = prefixed};
    state_ = state::blob;
    return read_blob(at, end, out);
}

parser::step parser::begin_unmeasured_blob(wire::kind const kind, length_line const& line,
                                           char const*& at, token& out)
{
    if (line.value == length_line::null)
        return read_null(kind, line, at, out);
    if (line.value != length_line::streamed)
        return unfinished(line);
    if (kind != kind::blob_string)
        return fail("only a plain string can be streamed");
    if (auto const* const why = nesting_.begin_value(between(at, line.after)))
        return fail(why);
    at = line.after;
    state_ = state::part;
    return step::again;
}

// A part of a streamed string, or the empty one that ends it.
parser::step parser::begin_part(char const*& at, char const* const end, token& out)
{
    if (at == end)
        return need(0);
    if (*at != ';')
        return fail("a streamed string is interrupted");
    auto const line = read_length(at, end);
    if (line.value < 0)
        return line.value <= length_line::incomplete ? unfinished(line) : fail(not_a_length);
    auto const length = static_cast<std::uint64_t>(line.value);
    auto const body = length == 0 ? 0 : length + line_end;
    if (auto const* const why = nesting_.charge(between(at, line.after) + body))
        return fail(why);

    at = line.after;
    if (length == 0) {
        state_ = state::value;
        out = token{.kind = kind::blob_string};
        return give(out);
    }
    blob_ = {.left = length,
             .kind = kind::blob_string,
             .in_parts = length > limits_.whole,
             .streamed = true};
    state_ = state::blob;
    return read_blob(at, end, out);
}

parser::step parser::read_blob(char const*& at, char const* const end, token& out)
{
    auto have = between(at, end);
    if (blob_.prefixed) {
        if (have < format_prefix)
            return need(blob_.left + line_end - have);
        if (at[format_prefix - 1] != ':')
            return fail(no_format);
        at += format_prefix;
        have -= format_prefix;
        blob_.left -= format_prefix;
        blob_.prefixed = false;
    }
    auto const left = blob_.left;
    if (have > left && at[left] != '\r')
        return fail(unended_blob);
    if (have < left + line_end)
        return blob_.in_parts ? read_blob_part(at, end, out) : need(left + line_end - have);
    if (at[left + 1] != '\n')
        return fail(unended_blob);

    out = token{.kind = blob_.kind, .more = blob_.streamed, .text = {at, left}};
    at += left + line_end;
    state_ = blob_.streamed ? state::part : state::value;
    return give(out);
}

// When only CR LF is missing all is given nevertheless, and an empty last part later: the caller's
// buffer never stalls.
parser::step parser::read_blob_part(char const*& at, char const* const end, token& out)
{
    auto const have = between(at, end);
    auto const size = std::min(have, blob_.left);
    if (size == 0)
        return need(blob_.left + line_end - have);
    out = token{.kind = blob_.kind, .more = true, .text = {at, size}};
    at += size;
    blob_.left -= size;
    blob_.large |= size + blob_.left > limits_.large;
    return give(out);
}

// ---- aggregates ---------------------------------------------------------------------------------

parser::step parser::begin_aggregate(wire::kind const kind, char const*& at, char const* const end,
                                     token& out)
{
    auto const line = read_length(at, end);
    if (line.value <= length_line::incomplete)
        return unfinished(line);
    if (line.value == length_line::null)
        return read_null(kind, line, at, out);
    if (line.value == length_line::streamed && kind == kind::push)
        return fail("a push cannot be streamed");
    auto const shape = nesting::level{.paired = kind == kind::map, .push = kind == kind::push};
    if (auto const* const why = nesting_.open(shape, line.value, between(at, line.after)))
        return fail(why);
    at = line.after;
    out = token{.kind = kind, .number = std::max(line.value, std::int64_t{-1})};
    return give(out);
}

parser::step parser::begin_attribute(char const*& at, char const* const end)
{
    auto const line = read_length(at, end);
    if (line.value < 0)
        return line.value <= length_line::incomplete
                   ? unfinished(line)
                   : fail("an attribute cannot be null or streamed");
    auto const shape = nesting::level{.paired = true, .attribute = true};
    if (auto const* const why = nesting_.open(shape, line.value, between(at, line.after)))
        return fail(why);
    at = line.after;
    return step::again;
}

parser::step parser::close_aggregate(token& out)
{
    bool const swallowed = nesting_.swallows();
    nesting_.close(out);
    return swallowed ? step::again : step::token;
}

// Refused at its first wrong byte: where nothing is streamed, that is the mark itself.
parser::step parser::read_end_mark(char const*& at, char const* const end, token& out)
{
    if (auto const* const why = nesting_.may_end_here())
        return fail(why);
    auto const offered = std::string_view{at, end}.substr(0, end_mark.size());
    if (!end_mark.starts_with(offered))
        return fail("an end mark carries text");
    if (offered.size() < end_mark.size())
        return need(0);
    if (auto const* const why = nesting_.charge(end_mark.size()))
        return fail(why);
    at += end_mark.size();
    return close_aggregate(out);
}

// ---- lines --------------------------------------------------------------------------------------

parser::step parser::read_scalar(wire::kind const kind, char const*& at, char const* const end,
                                 token& out)
{
    std::string_view text;
    auto const line = read_line(at, end, text);
    if (line != step::token)
        return line;
    if (auto const* const wrong = scalar_from_line(kind, text, out))
        return fail(wrong);
    auto const size = 1 + text.size() + line_end;
    if (auto const* const why = nesting_.begin_value(size))
        return fail(why);
    at += size;
    return give(out);
}

// RESP2 has two of them, and both begin like something else.
parser::step parser::read_null(wire::kind const kind, length_line const& line, char const*& at,
                               token& out)
{
    if (kind != kind::blob_string && kind != kind::array)
        return fail("only a string or an array can have the length -1");
    if (auto const* const why = nesting_.begin_value(between(at, line.after)))
        return fail(why);
    at = line.after;
    out = token{.kind = kind::null};
    return give(out);
}

// Does not move: the caller knows how long the line is.
parser::step parser::read_line(char const* const at, char const* const end, std::string_view& text)
{
    auto const* const begin = at + 1;
    auto const have = between(begin, end);
    auto const window = std::min<std::uint64_t>(have, std::uint64_t{limits_.line} + 1);
    auto const* const stop =
        find_line_end(begin + std::min<std::uint64_t>(searched_, window), begin + window);
    searched_ = between(begin, stop);
    if (searched_ == window)
        return have > limits_.line ? fail("a line is longer than the limit") : need(0);
    if (*stop == '\n')
        return fail(bare_feed);
    if (searched_ + 1 == have)
        return need(0);
    if (stop[1] != '\n')
        return fail(bare_return);
    text = {begin, searched_};
    searched_ = 0;
    return step::token;
}

// ---- answers ------------------------------------------------------------------------------------

parser::step parser::give(token& out)
{
    nesting_.place(out);
    return nesting_.swallows() ? step::again : step::token;
}

parser::step parser::need(std::uint64_t const bytes)
{
    wanted_ = bytes;
    return step::need_more;
}

parser::step parser::unfinished(length_line const& line)
{
    return line.value == length_line::incomplete ? need(0) : fail(line.error);
}

parser::step parser::fail(char const* const why)
{
    state_ = state::malformed;
    error_ = why;
    return step::malformed;
}

}  // namespace redstart::wire
