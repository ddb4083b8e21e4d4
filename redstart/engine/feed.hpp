// A feed: what one subscribes to by name.

#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace redstart::engine {

// Channels of the whole server, patterns of their names, and channels that belong to a slot of a cluster.
enum class feed_kind : std::uint8_t { channel, pattern, shard_channel };

inline constexpr std::size_t feed_kinds = 3;

struct feed {
    feed_kind kind{};
    std::string name;

    auto operator<=>(feed const&) const = default;
};

// What the server says about one feed. Called while bytes are taken in or a connection is given up: must neither throw
// nor resume anybody; it may take its feed back.
class feed_listener {
public:
    // Somebody published `body` in `channel`, which differs from the feed's name only for patterns.
    virtual void on_message(std::string_view channel, std::string_view body) noexcept = 0;
    // The server has confirmed: what is published from here on arrives.
    virtual void on_live() noexcept = 0;
    // It was live and is no longer: what is published until it is live again is lost.
    virtual void on_gap() noexcept = 0;
    // The server does not allow it. It is not wanted any more, and its listener hears nothing more.
    virtual void on_refused(std::string_view server_text) noexcept = 0;

protected:
    ~feed_listener() = default;
};

}  // namespace redstart::engine
