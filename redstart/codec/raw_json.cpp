// Any JSON value, kept as text: read_json into a raw_json copies what it reads.

#include "redstart/codec/raw_json.hpp"

#include "redstart/codec/json.hpp"

namespace redstart::codec {

std::expected<raw_json, json_error> raw_json::parse(std::string_view const text,
                                                    json_limits const& limits)
{
    return from_json<raw_json>(text, limits);
}

}  // namespace redstart::codec
