#include "redstart/toolkit/cache/envelope.hpp"

#include <xxhash.h>
#include <zstd.h>

#include <array>
#include <bit>
#include <cassert>
#include <cstring>
#include <memory>

namespace redstart::toolkit {

namespace {

static_assert(std::endian::native == std::endian::little, "numbers are copied as they lie");

constexpr std::string_view magic{"\x9bRSC", 4};  // begins no UTF-8 text
constexpr char version = 1;
constexpr unsigned char negative_flag = 1;
constexpr unsigned char compressed_flag = 2;
constexpr unsigned char known_flags = negative_flag | compressed_flag;
constexpr char text_codec = 1;  // codec/text.hpp

struct header {
    std::array<char, 4> magic;
    char version;
    unsigned char flags;
    char codec;
    char zero;
    std::int64_t fresh_until;
    std::int64_t load_cost;
    std::uint32_t value_bytes;
    std::uint32_t tag_bytes;
    std::uint64_t checksum;
};
static_assert(sizeof(header) == envelope::header_bytes);
constexpr std::size_t bytes_before_checksum = offsetof(header, checksum);

// Of the header as the seed of the rest: every byte counts.
std::uint64_t checksum_of(std::string_view bytes)
{
    auto const seed = ::XXH3_64bits(bytes.data(), bytes_before_checksum);
    auto const rest = bytes.substr(envelope::header_bytes);
    return ::XXH3_64bits_withSeed(rest.data(), rest.size(), seed);
}

// Contexts are large, and made once for each thread.
struct free_zstd {
    void operator()(ZSTD_CCtx* context) const noexcept { ::ZSTD_freeCCtx(context); }
    void operator()(ZSTD_DCtx* context) const noexcept { ::ZSTD_freeDCtx(context); }
};

// Appends the value and gives true, if that is shorter than the value itself.
bool append_compressed(std::string& out, std::string_view value, int level)
{
    thread_local std::unique_ptr<ZSTD_CCtx, free_zstd> const context{::ZSTD_createCCtx()};
    auto const before = out.size();
    out.resize(before + value.size() - 1);
    auto const size = ::ZSTD_compressCCtx(context.get(), out.data() + before, value.size() - 1,
                                          value.data(), value.size(), level);
    bool const is_shorter = ::ZSTD_isError(size) == 0;
    out.resize(is_shorter ? before + size : before);
    return is_shorter;
}

bool decompress(std::string_view packed, std::string& out, std::size_t size)
{
    thread_local std::unique_ptr<ZSTD_DCtx, free_zstd> const context{::ZSTD_createDCtx()};
    out.resize(size);
    return ::ZSTD_decompressDCtx(context.get(), out.data(), size, packed.data(), packed.size()) ==
           size;
}

bool is_plausible(header const& read, std::size_t rest, std::size_t longest)
{
    auto const is_compressed = (read.flags & compressed_flag) != 0;
    if (std::string_view{read.magic.data(), 4} != magic || read.version != version ||
        (read.flags & ~known_flags) != 0 || read.codec != text_codec || read.zero != 0)
        return false;
    if (read.fresh_until < 0 || read.load_cost < 0 || read.tag_bytes > envelope::most_tag_bytes ||
        read.tag_bytes > rest || read.value_bytes > longest)
        return false;
    auto const stored = rest - read.tag_bytes;
    if ((read.flags & negative_flag) != 0)
        return stored == 0 && read.value_bytes == 0 && !is_compressed;
    return is_compressed ? stored < read.value_bytes : stored == read.value_bytes;
}

}  // namespace

std::string seal(envelope const& filled, seal_options const& options)
{
    assert(filled.tags.size() <= envelope::most_tag_bytes);
    assert(filled.value.size() <= envelope::most_value_bytes);
    header written{.magic = {},
                   .version = version,
                   .flags = filled.negative ? negative_flag : static_cast<unsigned char>(0),
                   .codec = text_codec,
                   .zero = 0,
                   .fresh_until = filled.fresh_until.count(),
                   .load_cost = filled.load_cost.count(),
                   .value_bytes = static_cast<std::uint32_t>(filled.value.size()),
                   .tag_bytes = static_cast<std::uint32_t>(filled.tags.size()),
                   .checksum = 0};
    magic.copy(written.magic.data(), magic.size());

    std::string sealed;
    sealed.reserve(envelope::header_bytes + filled.tags.size() + filled.value.size());
    sealed.resize(envelope::header_bytes);
    sealed.append(filled.tags);
    if (filled.value.size() > 1 && filled.value.size() >= options.compress_from &&
        append_compressed(sealed, filled.value, options.level))
        written.flags |= compressed_flag;
    else
        sealed.append(filled.value);
    std::memcpy(sealed.data(), &written, sizeof written);
    written.checksum = checksum_of(sealed);
    std::memcpy(sealed.data(), &written, sizeof written);
    return sealed;
}

std::optional<envelope> open(std::string_view bytes, std::string& room, std::size_t longest)
{
    if (bytes.size() < envelope::header_bytes)
        return std::nullopt;
    header read{};
    std::memcpy(&read, bytes.data(), sizeof read);
    auto rest = bytes.substr(envelope::header_bytes);
    if (!is_plausible(read, rest.size(), longest) || read.checksum != checksum_of(bytes))
        return std::nullopt;

    envelope found{.negative = (read.flags & negative_flag) != 0,
                   .fresh_until = std::chrono::microseconds{read.fresh_until},
                   .load_cost = std::chrono::microseconds{read.load_cost},
                   .tags = rest.substr(0, read.tag_bytes),
                   .value = rest.substr(read.tag_bytes)};
    if ((read.flags & compressed_flag) != 0) {
        if (!decompress(found.value, room, read.value_bytes))
            return std::nullopt;
        found.value = room;
    }
    return found;
}

}  // namespace redstart::toolkit
