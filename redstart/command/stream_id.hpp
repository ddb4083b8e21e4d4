// The id of a stream's entry: the server's time when it was added, and a number among those of the same millisecond.

#pragma once

#include "redstart/codec/text.hpp"
#include "redstart/wire/request.hpp"

#include <chrono>
#include <compare>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace redstart {

// A value type. The default, 0-0, is before every entry; as text it is "1700000000000-0".
struct stream_id {
    std::uint64_t milliseconds = 0;  // since 1970
    std::uint64_t sequence = 0;

    auto operator<=>(stream_id const&) const = default;

    // After every entry.
    static constexpr stream_id highest() noexcept
    {
        constexpr auto most = std::numeric_limits<std::uint64_t>::max();
        return {most, most};
    }
    // The least that an entry added at or after this time can have.
    static stream_id at(std::chrono::system_clock::time_point time) noexcept;

    // The ones right beside it, to begin a range behind an entry that is known. The ends stay where they are.
    constexpr stream_id next() const noexcept
    {
        if (sequence < highest().sequence)
            return {milliseconds, sequence + 1};
        return milliseconds < highest().milliseconds ? stream_id{milliseconds + 1, 0} : highest();
    }
    constexpr stream_id previous() const noexcept
    {
        if (sequence > 0)
            return {milliseconds, sequence - 1};
        return milliseconds > 0 ? stream_id{milliseconds - 1, highest().sequence} : stream_id{};
    }
};

// Where reading begins: behind an entry, or behind whatever is there when the command arrives.
class stream_position {
public:
    constexpr stream_position(stream_id after) noexcept : after_{after} {}
    static constexpr stream_position beginning() noexcept { return stream_id{}; }
    static constexpr stream_position end() noexcept
    {
        stream_position last{stream_id{}};
        last.is_end_ = true;
        return last;
    }

    constexpr bool is_end() const noexcept { return is_end_; }
    void append_to(wire::request& request) const;

private:
    stream_id after_;
    bool is_end_ = false;
};

template <>
struct codec::text_codec<stream_id> {
    static void append(stream_id value, std::string& out);
    // Both numbers must be there, as a server writes them.
    static bool read(std::string_view text, stream_id& out) noexcept;
};

}  // namespace redstart
