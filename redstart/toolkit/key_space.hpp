// The keys of one kind of object: <prefix>:<kind>:{<name>}.
//
// The name is somebody's input. Whatever its bytes are, it stands inside the one pair of braces of the key: it cannot
// choose the cluster slot of another name, and two names, two kinds or two prefixes never share a key. Further keys of
// one object differ behind the closing brace, and so lie in the same slot.

#pragma once

#include "redstart/base/inline_text.hpp"
#include "redstart/command/key.hpp"

#include <source_location>
#include <string>
#include <string_view>

namespace redstart::toolkit {

// A value type; its const functions may be called on any thread.
class key_space {
public:
    // Longer names, in bytes, stand in the key as their SHA-256, so that nobody fills the memory with keys.
    static constexpr std::size_t longest_plain_name = 128;

    // Throws a failure (invalid_argument) unless both are 1 to 64 printable ASCII bytes without blanks, { } and %.
    key_space(std::string_view prefix, std::string_view kind,
              std::source_location where = std::source_location::current());

    // In the name { } % and control bytes are written as %7B and so on, and an empty name as a lone %. An object of
    // several keys tells them apart by a constant part, such as ":queue", behind the closing brace.
    template <class Value>
    key<Value> key_of(std::string_view name, std::string_view part = "") const
    {
        return key<Value>{text_of(name, part).view()};
    }

private:
    inline_text<120> text_of(std::string_view name, std::string_view part) const;

    std::string stem_;  // up to and with the opening brace
};

}  // namespace redstart::toolkit
