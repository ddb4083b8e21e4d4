// JSON of C++ types, both ways.
//
// Types: bool, integers, float and double, std::string, std::optional, std::vector, std::array,
// std::map with string keys, enumerations described by BOOST_DESCRIBE_ENUM (as their names),
// structs described by BOOST_DESCRIBE_STRUCT, raw_json, and any nesting of these. The macros come
// with this header.
//
// Reading is strict about what it uses: the right type, in range, every member that is not
// optional, none given twice, valid UTF-8, nothing after the value. It reads over members that it
// does not know, unless told otherwise, so that a newer version may add some. An integer may be
// written 5.0 or 5e3, as other languages do, up to 2^53. Writing leaves out members that are empty
// optionals.

#pragma once

#include "redstart/codec/json_error.hpp"
#include "redstart/codec/json_shape_of.hpp"
#include "redstart/codec/raw_json.hpp"

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace redstart::codec {

// The bodies of the templates below. `object` is of the type that `shape` describes; after an error
// it holds some valid value.
std::optional<json_error> read_json(std::string_view text, json_limits const& limits,
                                    json_shape const& shape, void* object);
void write_json(json_shape const& shape, void const* object, std::string& out);

// Bad input is an error value, never an exception. The text is not needed afterwards.
template <json_type T>
std::expected<T, json_error> from_json(std::string_view text, json_limits const& limits = {})
{
    std::expected<T, json_error> result;
    if (auto error = read_json(text, limits, json_shape_v<T>, &*result))
        result = std::unexpected{*std::move(error)};
    return result;
}

// Throws failure (invalid_argument) for a value that JSON cannot hold: a number that is not finite,
// text that is not UTF-8, an enumerator without a name, nesting beyond 1000. `out` is then as it
// was.
template <json_type T>
void append_json(T const& value, std::string& out)
{
    write_json(json_shape_v<T>, &value, out);
}

template <json_type T>
std::string to_json(T const& value)
{
    std::string out;
    append_json(value, out);
    return out;
}

}  // namespace redstart::codec
