// Encoding of a command: *N, then each argument as $length, bytes.

#include "redstart/wire/request.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <utility>

namespace redstart::wire {
namespace {

constexpr std::size_t decimal_digits =
    20;  // of any std::uint64_t; or the sign and digits of any std::int64_t
constexpr std::size_t double_characters = 32;  // the shortest form needs 24 at most
constexpr std::size_t kept_of_name = 64;       // has room in the request itself
constexpr std::size_t argument_overhead = 5;   // '$', twice CR LF

std::size_t digits_of(std::size_t number)
{
    if (number < 100) [[likely]]
        return number < 10 ? 1 : 2;
    std::size_t digits = 1;
    for (; number >= 10; number /= 10)
        ++digits;
    return digits;
}

char* put_line_end(char* const to)
{
    to[0] = '\r';
    to[1] = '\n';
    return to + 2;
}

template <class Number>
std::string_view text_of(Number const number, char* const begin, char* const end)
{
    return {begin, std::to_chars(begin, end, number).ptr};
}

}  // namespace

request::request(encoded_name const& name)
{
    static_assert(header_room + sizeof(encoded_name) <= inline_size);
    auto const bytes = name.bytes();
    std::memcpy(inline_ + size_, bytes.data(), bytes.size());
    size_ += bytes.size();
    count_arguments(name.words());
}

request request::named(std::string_view const name)
{
    assert(!name.empty() && "a command has a name");
    request named;
    for (std::size_t begin = 0; begin <= name.size();) {
        auto const end = std::min(name.find(' ', begin), name.size());
        assert(end != begin && "the words of a name are separated by single spaces");
        named.add_argument(name.substr(begin, end - begin));
        begin = end + 1;
    }
    return named;
}

request& request::operator=(request&& other) noexcept
{
    if (this == &other)
        return *this;
    if (on_heap())
        delete[] data_;
    take(other);
    return *this;
}

request& request::add(std::string_view const argument)
{
    add_argument(argument);
    return *this;
}

request& request::add(std::int64_t const argument)
{
    char text[decimal_digits];
    return add(text_of(argument, text, text + sizeof text));
}

request& request::add(std::uint64_t const argument)
{
    char text[decimal_digits];
    return add(text_of(argument, text, text + sizeof text));
}

request& request::add(double const argument)
{
    assert(!std::isnan(argument) && "a server takes no NaN");
    char text[double_characters];
    return add(text_of(argument, text, text + sizeof text));
}

void request::forget_arguments() noexcept
{
    if (!on_heap())
        return;
    request shorter;
    shorter.add_argument(argument(0).substr(0, kept_of_name));
    *this = std::move(shorter);
}

std::string_view request::argument(std::uint32_t const index) const
{
    assert(index < arguments_);
    auto const* at = data_ + header_room;
    for (std::uint32_t passed = 0;; ++passed) {
        std::size_t length = 0;
        auto const* const text = std::from_chars(at + 1, data_ + size_, length).ptr + 2;
        if (passed == index)
            return {text, length};
        at = text + length + 2;
    }
}

void request::add_argument(std::string_view const argument)
{
    assert(arguments_ != std::numeric_limits<std::uint32_t>::max());
    auto const digits = digits_of(argument.size());
    // No overflow: both sizes are of memory that exists.
    auto const size = argument.size() + digits + argument_overhead;
    if (size > capacity_ - size_) [[unlikely]] {
        auto const outgrown = make_room(size);  // the argument may lie in it
        return write_argument(argument, digits);
    }
    write_argument(argument, digits);
}

void request::write_argument(std::string_view const argument, std::size_t const digits)
{
    auto* to = data_ + size_;
    *to++ = '$';
    if (digits <= 2) [[likely]] {
        if (digits == 2)
            *to++ = static_cast<char>('0' + argument.size() / 10);
        *to++ = static_cast<char>('0' + argument.size() % 10);
    } else {
        to = std::to_chars(to, to + digits, argument.size()).ptr;
    }
    to = put_line_end(to);
    if (!argument.empty())
        std::memcpy(to, argument.data(), argument.size());
    to = put_line_end(to + argument.size());
    size_ = static_cast<std::size_t>(to - data_);
    count_arguments(1);
}

// Gives the block that it replaced, if that was on the heap: the argument to add may lie in it.
std::unique_ptr<char[]> request::make_room(std::size_t const size)
{
    auto const capacity = std::max(size_ + size, capacity_ * 2);
    auto roomier = std::make_unique_for_overwrite<char[]>(capacity);
    std::memcpy(roomier.get() + begin_, data_ + begin_, size_ - begin_);
    capacity_ = capacity;
    auto* const outgrown = std::exchange(data_, roomier.release());
    return std::unique_ptr<char[]>{outgrown == inline_ ? nullptr : outgrown};
}

void request::count_arguments(std::uint32_t const added)
{
    arguments_ += added;
    if (arguments_ >= 10) [[unlikely]]
        return write_long_header();
    begin_ = header_room - 4;
    auto* const header = data_ + begin_;
    header[0] = '*';
    header[1] = static_cast<char>('0' + arguments_);
    put_line_end(header + 2);
}

void request::write_long_header()
{
    auto const digits = digits_of(arguments_);
    begin_ = static_cast<std::uint8_t>(header_room - 3 - digits);
    auto* const count = data_ + begin_ + 1;
    count[-1] = '*';
    put_line_end(std::to_chars(count, count + digits, arguments_).ptr);
}

}  // namespace redstart::wire
