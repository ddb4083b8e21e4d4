// Any JSON value, kept as text: read_json into a raw_json copies what it reads, part by part. What we stored ourselves
// needs that no more when it comes back, but is looked through all the same: others may write it too.

#include "redstart/codec/raw_json.hpp"

#include "redstart/codec/compact_json.hpp"
#include "redstart/codec/json.hpp"

namespace redstart::codec {

std::expected<raw_json, json_error> raw_json::parse(std::string_view const text,
                                                    json_limits const& limits)
{
    if (text.size() <= limits.allowed_bytes() && is_compact_json(text, limits.depth))
        return raw_json{std::string{text}};
    return from_json<raw_json>(text, limits);
}

}  // namespace redstart::codec
