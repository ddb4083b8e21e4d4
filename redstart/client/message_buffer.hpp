// The messages that wait for a consumer: bounded, in the order of the server, with every gap marked.
//
// A gap is marked in the first message behind it that is delivered. Pure; one thread.

#pragma once

#include "redstart/client/message.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

namespace redstart {

class message_buffer {
public:
    explicit message_buffer(subscription_options const& options) noexcept : options_{options} {}

    // False if there is no room and the policy is to close: it is not taken.
    bool push(published&& added);
    std::optional<published> pop();

    // What was published from here on may be missing, until the next push.
    void note_gap() noexcept { mark(gap_before_next_); }
    void note_reconnect() noexcept { ++stats_.reconnects; }
    void note_lost() noexcept;  // a message that could not even be held

    std::size_t size() const noexcept { return held_.size(); }
    subscription_stats const& stats() const noexcept { return stats_; }

private:
    static std::size_t size_of(published const& one) noexcept;
    bool has_room(std::size_t bytes) const noexcept;
    void drop_oldest() noexcept;
    published take_out() noexcept;
    void mark(bool& where) noexcept { stats_.gaps += std::exchange(where, true) ? 0 : 1; }

    subscription_options options_;
    std::deque<published> held_;
    bool gap_before_next_ = false;
    subscription_stats stats_;
};

}  // namespace redstart
