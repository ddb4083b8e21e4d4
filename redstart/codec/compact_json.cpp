// Whether a text is JSON just as raw_json keeps it. What is open is one bit for each level, so nothing is allocated.

#include "redstart/codec/compact_json.hpp"

#include "redstart/codec/json_string.hpp"
#include "redstart/codec/utf8.hpp"

#include <algorithm>
#include <cstdint>

namespace redstart::codec {
namespace {

constexpr std::size_t most_levels = 64;  // the bits of open_objects_

class compact_json_scanner {
public:
    compact_json_scanner(std::string_view text, std::size_t depth) noexcept
        : text_{text}, deepest_{std::min(depth, most_levels)}
    {
    }

    bool scan() noexcept
    {
        auto next = step::value;
        while (next == step::value) {
            next = begin();
            if (next == step::ended)
                next = go_on();
        }
        return next == step::ended && at_ == text_.size();
    }

private:
    enum class step : unsigned char { value, ended, wrong };

    static step ended_if(bool holds) noexcept { return holds ? step::ended : step::wrong; }
    static step value_if(bool holds) noexcept { return holds ? step::value : step::wrong; }
    static bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

    // NUL at the end, where no part of JSON has one.
    char here() const noexcept { return at_ < text_.size() ? text_[at_] : '\0'; }

    bool take(char expected) noexcept
    {
        bool const found = here() == expected;
        at_ += found ? 1 : 0;
        return found;
    }

    bool take(std::string_view expected) noexcept
    {
        bool const found = text_.substr(at_).starts_with(expected);
        at_ += expected.size();
        return found;
    }

    step begin() noexcept;
    step open(bool is_object) noexcept;
    step go_on() noexcept;
    bool name() noexcept { return string() && take(':'); }
    bool string() noexcept;
    bool escape() noexcept;
    bool number() noexcept;
    bool digits() noexcept;

    bool in_object() const noexcept { return (open_objects_ & 1U) != 0; }

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t deepest_;
    std::size_t depth_ = 0;
    std::uint64_t open_objects_ = 0;  // the innermost level is the lowest bit
};

// A value, or the beginning of one that holds others.
compact_json_scanner::step compact_json_scanner::begin() noexcept
{
    switch (here()) {
    case '{': return open(true);
    case '[': return open(false);
    case '"': return ended_if(string());
    case 't': return ended_if(take("true"));
    case 'f': return ended_if(take("false"));
    case 'n': return ended_if(take("null"));
    default: return ended_if(number());
    }
}

compact_json_scanner::step compact_json_scanner::open(bool is_object) noexcept
{
    if (depth_ == deepest_)
        return step::wrong;
    ++at_;
    if (take(is_object ? '}' : ']'))
        return step::ended;
    ++depth_;
    open_objects_ = open_objects_ << 1U | (is_object ? 1U : 0U);
    return value_if(!is_object || name());
}

// After a value: what ends with it, and whether another follows.
compact_json_scanner::step compact_json_scanner::go_on() noexcept
{
    while (depth_ > 0) {
        if (take(','))
            return value_if(!in_object() || name());
        if (!take(in_object() ? '}' : ']'))
            return step::wrong;
        open_objects_ >>= 1U;
        --depth_;
    }
    return step::ended;
}

bool compact_json_scanner::string() noexcept
{
    if (!take('"'))
        return false;
    while (true) {
        at_ += plain_json_length(text_.substr(at_));
        if (take('"'))
            return true;
        if (here() == '\\') {
            if (!escape())
                return false;
            continue;
        }
        bool const is_ascii = static_cast<unsigned char>(here()) < 0x80;
        auto const length = is_ascii ? 0 : utf8_character(text_.substr(at_));
        if (length == 0)
            return false;
        at_ += length;
    }
}

// The short forms, and \u00XX for the control characters that have none.
bool compact_json_scanner::escape() noexcept
{
    auto const rest = text_.substr(at_ + 1, 5);
    if (!rest.empty() && std::string_view{"\"\\bfnrt"}.contains(rest.front())) {
        at_ += 2;
        return true;
    }
    at_ += 6;
    if (rest.size() < 5 || !rest.starts_with("u00"))
        return false;
    return rest[3] == '0'
               ? std::string_view{"01234567bef"}.contains(rest[4])
               : rest[3] == '1' && std::string_view{"0123456789abcdef"}.contains(rest[4]);
}

bool compact_json_scanner::digits() noexcept
{
    auto const first = at_;
    while (is_digit(here()))
        ++at_;
    return at_ > first;
}

bool compact_json_scanner::number() noexcept
{
    take('-');
    if (!take('0') && !digits())
        return false;
    if (take('.') && !digits())
        return false;
    if (!take('e') && !take('E'))
        return true;
    if (!take('+'))
        take('-');
    return digits();
}

}  // namespace

bool is_compact_json(std::string_view const text, std::size_t const depth) noexcept
{
    return compact_json_scanner{text, depth}.scan();
}

}  // namespace redstart::codec
