// Integers in JSON, which knows numbers only: 5, 5.0 and 5e0 are all the integer five.

#pragma once

#include "redstart/codec/json_shape.hpp"

#include <cstdint>
#include <string_view>

namespace redstart::codec {

enum class integer_fit : std::uint8_t { fits, out_of_range, not_whole };

// `text` is a number of JSON's grammar. On success `bits` holds the value, its sign extended. A
// form with a point or an exponent is whole only up to 2^53, where each double is one integer.
integer_fit integer_from_json(std::string_view text, json_integer_range range,
                              std::uint64_t& bits) noexcept;

}  // namespace redstart::codec
