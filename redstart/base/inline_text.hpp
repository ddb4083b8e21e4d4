// Text that is built once by appending: short ones live in the object, long ones on the heap.
//
// Once it has spilled it stays on the heap, so that view() is one contiguous text at any time.

#pragma once

#include <array>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

namespace redstart {

// Integral to the language, but not numbers: appending one as a number would be a slip.
template <class T>
concept character_or_bool =
    std::same_as<T, bool> || std::same_as<T, char> || std::same_as<T, wchar_t> ||
    std::same_as<T, char8_t> || std::same_as<T, char16_t> || std::same_as<T, char32_t>;

// A value: copying copies the text. view() is valid until the object changes, moves or ends.
template <std::size_t Room>
class inline_text {
public:
    inline_text() noexcept = default;

    void append(std::string_view more)
    {
        if (more.empty())
            return;  // also of a null pointer, which memcpy does not take
        if (spilled_.empty() && size_ + more.size() <= Room) {
            std::memcpy(room_.data() + size_, more.data(), more.size());
            size_ += more.size();
            return;
        }
        if (spilled_.empty())
            spilled_.assign(room_.data(), size_);
        spilled_.append(more);
    }
    template <std::integral Number>
        requires(!character_or_bool<Number>)
    void append(Number number)
    {
        std::array<char, 24> digits;
        auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
        append(std::string_view{digits.data(), end});
    }
    std::string_view view() const noexcept
    {
        if (spilled_.empty())
            return {room_.data(), size_};
        return spilled_;
    }

private:
    std::array<char, Room> room_;
    std::size_t size_ = 0;
    std::string spilled_;
};

}  // namespace redstart
