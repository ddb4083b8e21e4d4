// What a subscription gives out, what it may hold, and what it counts.

#pragma once

#include "redstart/base/failure.hpp"
#include "redstart/codec/text.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <source_location>
#include <string>

namespace redstart {

// One message, owned by whoever has it.
struct published {
    bool operator==(published const&) const = default;

    std::string channel;
    std::string pattern;     // by which it came; empty if the channel itself was subscribed to
    std::string text;        // as it was published
    bool after_gap = false;  // messages before this one may be missing
};

namespace message_detail {
failure cannot_read(std::source_location where);
}  // namespace message_detail

// A message whose text is a Body, unless somebody published something else: that is seen when it is read, and ends
// nothing.
template <class Body>
struct message : published {
    std::expected<Body, failure> try_body(
        std::source_location where = std::source_location::current()) const
    {
        Body value{};
        if (!codec::text_codec<Body>::read(text, value))
            return std::unexpected{message_detail::cannot_read(where)};
        return value;
    }

    // Throws decode_failed.
    Body body(std::source_location where = std::source_location::current()) const
    {
        auto read = try_body(where);
        if (!read)
            throw failure{read.error()};
        return *std::move(read);
    }
};

enum class overflow_policy : std::uint8_t {
    drop_oldest,  // and mark the gap in the message that comes next
    close,        // the subscription ends with `overloaded`, after what it holds
};

// What is held for a consumer who is slower than those who publish. A lone message is held whatever its size.
struct subscription_options {
    std::size_t messages = 16'384;           // one read from the socket can bring some thousands
    std::size_t bytes = 16UL * 1024 * 1024;  // of their texts and names
    overflow_policy when_full = overflow_policy::drop_oldest;
};

struct subscription_stats {
    std::uint64_t delivered = 0;   // messages that next() has given out
    std::uint64_t dropped = 0;     // messages that were lost because the buffer was full
    std::uint64_t gaps = 0;        // places where messages may be missing, whatever the reason
    std::uint64_t reconnects = 0;  // times that the server confirmed it anew
    std::size_t buffered = 0;      // messages that wait for next()
    std::size_t buffered_bytes = 0;
};

}  // namespace redstart
