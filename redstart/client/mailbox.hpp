// A mailbox: what one subscription receives, between the subscriber who puts messages in and the consumer who takes
// them out.
//
// It belongs to the subscription. While it is delivered to, it stands in a shared feed; it leaves that when it is
// destroyed, when it ends, or when the client stops, whichever is first. One loop's thread until it has ended.

#pragma once

#include "redstart/client/message_buffer.hpp"
#include "redstart/client/subscription_metrics.hpp"
#include "redstart/task/event.hpp"
#include "redstart/task/task.hpp"

#include <list>
#include <optional>
#include <string_view>

namespace redstart {

class shared_feed;

class mailbox {
public:
    // `metrics` may be null.
    mailbox(subscription_options const& options, subscription_metrics* metrics);
    mailbox(mailbox const&) = delete;
    mailbox& operator=(mailbox const&) = delete;
    ~mailbox();

    // The next message, in its order. None once it has ended and is empty; throws what it ended of, if that was a
    // failure. A wait that is cancelled or late takes nothing.
    task<std::optional<published>> next(std::source_location where);

    // Leaves its feed and ends. Waits until the server has confirmed that, if it was the last in it.
    task<> close();

    subscription_stats const& stats() const noexcept { return buffer_.stats(); }

    // What the subscriber says.
    // False if it is full and must end.
    bool put(std::string_view channel, std::string_view pattern, std::string_view text) noexcept;
    void note_gap() noexcept;
    void confirm() noexcept;
    void end(std::optional<failure> why) noexcept;

    // Until the first confirmation, or the end.
    task<> wait_until_settled() { co_await settled_.wait(); }
    bool is_confirmed() const noexcept { return confirmed_; }
    bool has_ended() const noexcept { return ended_; }
    std::optional<failure> const& failed_of() const noexcept { return failed_of_; }

private:
    friend shared_feed;
    void observe() noexcept;

    message_buffer buffer_;
    subscription_stats told_;  // to the metrics
    subscription_metrics* metrics_;
    event changed_;  // there is a message, or no more will come
    event settled_;
    std::optional<failure> failed_of_;
    bool confirmed_ = false;
    bool ended_ = false;

    shared_feed* feed_ = nullptr;
    std::list<mailbox*>::iterator place_;  // in feed_
};

}  // namespace redstart
