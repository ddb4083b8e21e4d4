// The time to live of a key, as PTTL answers it.

#pragma once

#include "redstart/command/decoder.hpp"

#include <chrono>

namespace redstart {

struct ttl_reply {
    bool exists = false;
    // absent when the key does not exist or does not expire
    std::optional<std::chrono::milliseconds> left;
};

template <>
struct decoder<ttl_reply> {
    decode_step feed(wire::token const& t, text_assembly& parts) { return number_.feed(t, parts); }
    ttl_reply take()
    {
        constexpr std::int64_t no_key = -2;
        auto const answered = number_.take();
        ttl_reply reply{.exists = answered != no_key, .left = std::nullopt};
        if (answered >= 0)
            reply.left = std::chrono::milliseconds{answered};
        return reply;
    }

private:
    decoder<std::int64_t> number_;
};

}  // namespace redstart
