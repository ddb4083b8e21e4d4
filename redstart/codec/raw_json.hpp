// Any JSON value, kept as text: for what is stored and handed on, but not looked into.

#pragma once

#include "redstart/codec/json_error.hpp"

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace redstart::codec {

// A value type. Its text is always valid JSON without blanks between its parts, so it can stand
// inside other JSON as it is. Numbers keep their digits and members their order; members given
// twice stay twice; strings are escaped anew.
class raw_json {
public:
    raw_json() = default;  // null

    static std::expected<raw_json, json_error> parse(std::string_view text,
                                                     json_limits const& limits = {});

    // Valid until this value is assigned to, moved from, or destroyed.
    std::string_view text() const noexcept
    {
        return text_.empty() ? std::string_view{"null"} : std::string_view{text_};
    }

    // The same text; {"a":1,"b":2} is not {"b":2,"a":1}.
    friend bool operator==(raw_json const& left, raw_json const& right) noexcept
    {
        return left.text() == right.text();
    }

private:
    friend class json_builder;

    explicit raw_json(std::string compact) noexcept : text_{std::move(compact)} {}

    std::string text_;  // empty means null, also after a move
};

}  // namespace redstart::codec
