#include "redstart/command/stream_id.hpp"

#include <algorithm>

namespace redstart {

stream_id stream_id::at(std::chrono::system_clock::time_point time) noexcept
{
    auto const since =
        std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch());
    return {static_cast<std::uint64_t>(std::max<std::int64_t>(since.count(), 0)), 0};
}

void stream_position::append_to(wire::request& request) const
{
    if (is_end_) {
        request.add(std::string_view{"$"});
        return;
    }
    std::string text;
    codec::text_codec<stream_id>::append(after_, text);
    request.add(std::string_view{text});
}

void codec::text_codec<stream_id>::append(stream_id value, std::string& out)
{
    append_integer(value.milliseconds, out);
    out += '-';
    append_integer(value.sequence, out);
}

bool codec::text_codec<stream_id>::read(std::string_view text, stream_id& out) noexcept
{
    auto const hyphen = text.find('-');
    return hyphen != std::string_view::npos &&
           read_integer(text.substr(0, hyphen), out.milliseconds) &&
           read_integer(text.substr(hyphen + 1), out.sequence);
}

}  // namespace redstart
