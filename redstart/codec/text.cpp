// The codecs that are not templates.

#include "redstart/codec/text.hpp"

#include "redstart/base/failure.hpp"

#include <algorithm>
#include <cstring>

namespace redstart::codec {

void text_codec<std::vector<std::byte>>::append(std::vector<std::byte> const& value,
                                                std::string& out)
{
    out.append(reinterpret_cast<char const*>(value.data()), value.size());
}

bool text_codec<std::vector<std::byte>>::read(std::string_view const text,
                                              std::vector<std::byte>& out)
{
    auto const* const bytes = reinterpret_cast<std::byte const*>(text.data());
    out.assign(bytes, bytes + text.size());
    return true;
}

bool text_codec<raw_json>::read(std::string_view const text, raw_json& out)
{
    auto value = raw_json::parse(text);
    if (!value)
        return false;
    out = *std::move(value);
    return true;
}

void append_enumerator(json_shape const& shape, void const* const object, std::string& out)
{
    auto const found =
        std::ranges::find(shape.enumerators, shape.access.load(object), &json_enumerator::bits);
    if (found == shape.enumerators.end())
        throw failure{{.code = failure_code::invalid_argument,
                       .command = {},
                       .reason = "the enumerator has no name",
                       .server_text = {}}};
    out += found->name;
}

bool read_enumerator(std::string_view const text, json_shape const& shape, void* const object)
{
    auto const found = std::ranges::find(shape.enumerators, text, &json_enumerator::name);
    if (found == shape.enumerators.end())
        return false;
    shape.access.store(object, found->bits);
    return true;
}

}  // namespace redstart::codec
