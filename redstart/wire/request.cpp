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

// Where an argument begins: at its '$', and how many large ones stand before it.
struct request::place {
    std::size_t at = 0;
    std::size_t large = 0;
};

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
        named.add_text(name.substr(begin, end - begin));
        begin = end + 1;
    }
    return named;
}

request& request::operator=(request&& other) noexcept
{
    if (this == &other)
        return *this;
    if (on_heap())
        free_heap();
    take(other);
    return *this;
}

void request::free_heap() noexcept
{
    delete[] data_;
    delete large_;
}

// ---- arguments ----------------------------------------------------------------------------------

request& request::add(std::string_view const argument)
{
    if (argument.size() <= largest_in_text) [[likely]] {
        add_text(argument);
        return *this;
    }
    auto copy = std::make_shared_for_overwrite<char[]>(argument.size());
    std::memcpy(copy.get(), argument.data(), argument.size());
    std::string_view const bytes{copy.get(), argument.size()};
    add_large(bytes, std::move(copy));
    return *this;
}

template <class Bytes>
request& request::add_container(Bytes&& argument)
{
    if (argument.size() <= largest_in_text) {
        add_text({reinterpret_cast<char const*>(argument.data()), argument.size()});
        return *this;
    }
    // Room to spare would be held, and not counted, as long as the command is in flight.
    if (argument.capacity() - argument.size() > argument.size() / 4)
        argument.shrink_to_fit();
    auto const owner = std::make_shared<Bytes const>(std::forward<Bytes>(argument));
    add_large({reinterpret_cast<char const*>(owner->data()), owner->size()}, owner);
    return *this;
}

request& request::add_owned(std::string&& argument) { return add_container(std::move(argument)); }

request& request::add_owned(std::vector<std::byte>&& argument)
{
    return add_container(std::move(argument));
}

request& request::add_borrowed(std::string_view const argument)
{
    if (argument.size() <= largest_in_text)
        add_text(argument);
    else
        add_large(argument, nullptr);
    return *this;
}

request& request::add(std::int64_t const argument)
{
    char text[decimal_digits];
    add_text(text_of(argument, text, text + sizeof text));
    return *this;
}

request& request::add(std::uint64_t const argument)
{
    char text[decimal_digits];
    add_text(text_of(argument, text, text + sizeof text));
    return *this;
}

request& request::add(double const argument)
{
    assert(!std::isnan(argument) && "a server takes no NaN");
    char text[double_characters];
    add_text(text_of(argument, text, text + sizeof text));
    return *this;
}

request& request::add_rest_of(request const& other, std::uint32_t const first)
{
    if (first == other.arguments_)
        return *this;
    auto here = other.begin_of(first);
    for (auto index = first; index < other.arguments_; ++index) {
        auto const before = here.large;
        auto const bytes = other.argument_at(here);
        if (here.large == before)
            add_text(bytes);
        else
            add_large(bytes, other.large()[before].owner);
    }
    return *this;
}

// ---- what is there ------------------------------------------------------------------------------

std::string request::bytes() const
{
    auto const [text, large] = encoded();
    std::string all;
    std::size_t begin = 0;
    for (auto const& each : large) {
        all.append(text.substr(begin, each.at - begin)).append(each.bytes);
        begin = each.at;
    }
    return all.append(text.substr(begin));
}

void request::forget_arguments() noexcept
{
    if (!on_heap())
        return;
    request shorter;
    shorter.add_text(argument(0).substr(0, kept_of_name));
    *this = std::move(shorter);
}

std::string_view request::argument(std::uint32_t const index) const
{
    auto here = begin_of(index);
    return argument_at(here);
}

request::place request::begin_of(std::uint32_t const index) const
{
    assert(index < arguments_);
    place here{.at = std::size_t{header_room} - begin_};
    for (std::uint32_t passed = 0; passed != index; ++passed)
        argument_at(here);
    return here;
}

// Moves behind it.
std::string_view request::argument_at(place& here) const
{
    auto const text = encoded().text;
    auto const line = text.substr(here.at + 1);
    std::size_t length = 0;
    auto const* const line_end =
        std::from_chars(line.data(), line.data() + line.size(), length).ptr;
    auto const begin = static_cast<std::size_t>(line_end - text.data()) + 2;
    auto const beside = large();
    if (here.large < beside.size() && beside[here.large].at == begin) {
        here.at = begin + 2;
        return beside[here.large++].bytes;
    }
    here.at = begin + length + 2;
    return text.substr(begin, length);
}

// ---- encoding -----------------------------------------------------------------------------------

void request::add_text(std::string_view const argument)
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

// Only its length goes into the text, which moves to the heap: there is room for the list beside it.
void request::add_large(std::string_view const bytes, std::shared_ptr<void const> owner)
{
    assert(arguments_ != std::numeric_limits<std::uint32_t>::max());
    auto const size = decimal_digits + argument_overhead;
    if (!on_heap() || size > capacity_ - size_)
        make_room(size);
    if (!large_)
        large_ = new std::vector<large_argument>;
    large_->push_back({.bytes = bytes, .owner = std::move(owner)});
    auto* to = data_ + size_;
    *to++ = '$';
    to = put_line_end(std::to_chars(to, to + decimal_digits, bytes.size()).ptr);
    large_->back().at = static_cast<std::size_t>(to - data_) - begin_;
    size_ = static_cast<std::size_t>(put_line_end(to) - data_);
    count_arguments(1);
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
    bool const was_inline = !on_heap();
    std::unique_ptr<char[]> outgrown{was_inline ? nullptr : data_};
    data_ = roomier.release();
    if (was_inline)
        large_ = nullptr;  // the list comes where the text was
    return outgrown;
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
    auto const begin = static_cast<std::uint8_t>(header_room - 3 - digits);
    if (begin != begin_ && !large().empty())
        for (auto& each : *large_)
            each.at += begin_ - begin;
    begin_ = begin;
    auto* const count = data_ + begin_ + 1;
    count[-1] = '*';
    put_line_end(std::to_chars(count, count + digits, arguments_).ptr);
}

}  // namespace redstart::wire
