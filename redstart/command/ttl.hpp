// Times to live: what PTTL and PEXPIRETIME answer, and when an expiry is set.

#pragma once

#include "redstart/command/decoder.hpp"

#include <chrono>

namespace redstart {

// A moment by the server's clock, which ends keys.
using server_time = std::chrono::sys_time<std::chrono::milliseconds>;

// The same as commands take it: any std::chrono::sys_time, rounded down. Not a time_point of the system clock, whose
// nanoseconds end in 2262: what shall last until the year 9999 would end at once.
class end_time {
public:
    template <class Duration>
    constexpr end_time(std::chrono::sys_time<Duration> at) noexcept
        : at_{std::chrono::floor<std::chrono::milliseconds>(at)}
    {
    }
    constexpr std::int64_t milliseconds_since_1970() const noexcept
    {
        return at_.time_since_epoch().count();
    }

private:
    server_time at_;
};

struct ttl_reply {
    bool exists = false;
    // absent when the key does not exist or does not expire
    std::optional<std::chrono::milliseconds> left;
    bool operator==(ttl_reply const&) const = default;
};

struct expire_time_reply {
    bool exists = false;
    std::optional<server_time> at;  // absent when the key does not exist or does not expire
    bool operator==(expire_time_reply const&) const = default;
};

// When an expiry is set at all; of keys and of the fields of hashes.
struct expire_options {
    enum class when : std::uint8_t {
        always,
        if_none,   // it does not expire yet
        if_any,    // it expires already
        if_later,  // the new end is after the old one; what does not expire ends never
        if_sooner
    } condition = when::always;
};

// A count of its unit.
template <class Period>
struct decoder<std::chrono::duration<std::int64_t, Period>> {
    decode_step feed(wire::token const& t, text_assembly& parts) { return number_.feed(t, parts); }
    std::chrono::duration<std::int64_t, Period> take()
    {
        return std::chrono::duration<std::int64_t, Period>{number_.take()};
    }

private:
    decoder<std::int64_t> number_;
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

template <>
struct decoder<expire_time_reply> {
    decode_step feed(wire::token const& t, text_assembly& parts) { return ttl_.feed(t, parts); }
    expire_time_reply take()
    {
        auto const [exists, since_1970] = ttl_.take();
        if (!since_1970)
            return {.exists = exists, .at = std::nullopt};
        return {.exists = exists, .at = server_time{*since_1970}};
    }

private:
    decoder<ttl_reply> ttl_;
};

}  // namespace redstart
