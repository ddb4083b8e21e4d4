#include "redstart/observe/trace_context.hpp"

#include "redstart/base/random.hpp"

#include <algorithm>
#include <cstring>
#include <span>

namespace redstart {

namespace {

constexpr std::size_t version_00_length = 55;

template <std::size_t Size>
void fill_non_zero(std::array<std::uint8_t, Size>& id)
{
    static_assert(Size % sizeof(std::uint64_t) == 0);
    do {
        for (std::size_t at = 0; at < Size; at += sizeof(std::uint64_t)) {
            auto const drawn = fast_random();
            std::memcpy(id.data() + at, &drawn, sizeof drawn);
        }
    } while (id == std::array<std::uint8_t, Size>{});
}

int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;  // capitals are not allowed there
}

bool read_hex(std::string_view text, std::span<std::uint8_t> out)
{
    for (std::size_t i = 0; i < out.size(); ++i) {
        int const high = hex_digit(text[2 * i]);
        int const low = hex_digit(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i] = static_cast<std::uint8_t>(high * 16 + low);
    }
    return true;
}

void write_hex(std::span<std::uint8_t const> bytes, std::string& out)
{
    static constexpr char digits[] = "0123456789abcdef";
    for (auto const byte : bytes) {
        out.push_back(digits[byte >> 4]);
        out.push_back(digits[byte & 15]);
    }
}

}  // namespace

bool trace_context::is_valid() const noexcept
{
    return trace_id != decltype(trace_id){} && span_id != decltype(span_id){};
}

trace_context trace_context::child() const
{
    trace_context below = *this;
    if (!is_valid()) {
        below = trace_context{};
        fill_non_zero(below.trace_id);
    }
    fill_non_zero(below.span_id);
    return below;
}

std::optional<trace_context> parse_traceparent(std::string_view text)
{
    if (text.size() < version_00_length)
        return std::nullopt;
    if (text[2] != '-' || text[35] != '-' || text[52] != '-')
        return std::nullopt;
    std::array<std::uint8_t, 1> version{};
    std::array<std::uint8_t, 1> flags{};
    trace_context read;
    bool const digits =
        read_hex(text.substr(0, 2), version) && read_hex(text.substr(3, 32), read.trace_id) &&
        read_hex(text.substr(36, 16), read.span_id) && read_hex(text.substr(53, 2), flags);
    if (!digits || version[0] == 0xff || !read.is_valid())
        return std::nullopt;
    bool const longer = text.size() > version_00_length;
    if (longer && (version[0] == 0 || text[version_00_length] != '-'))
        return std::nullopt;
    read.flags = flags[0] & trace_context::sampled_flag;
    return read;
}

std::string format_traceparent(trace_context const& context)
{
    std::string text = "00-";
    text.reserve(version_00_length);
    write_hex(context.trace_id, text);
    text.push_back('-');
    write_hex(context.span_id, text);
    text.push_back('-');
    write_hex({&context.flags, 1}, text);
    return text;
}

std::string usable_tracestate(std::string_view text)
{
    constexpr std::size_t max_bytes = 512;
    constexpr std::ptrdiff_t max_members = 32;
    auto const may_stand = [](char c) { return c == '\t' || (c >= 0x20 && c < 0x7f); };
    if (!std::ranges::all_of(text, may_stand) || text.size() > max_bytes ||
        std::ranges::count(text, ',') >= max_members)
        return {};
    return std::string{text};
}

}  // namespace redstart
