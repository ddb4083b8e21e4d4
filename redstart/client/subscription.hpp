// A subscription: the messages of a channel, of a pattern or of a shard channel, one after the other.
//
//     auto news = co_await db.subscribe(news_channel);
//     while (auto item = co_await news.next()) {
//         if (item->after_gap)
//             resync();
//         show(item->body());
//     }
//
// Pub/sub is at most once: what is published while nobody is connected, or while the buffer is full, is lost. It is
// never lost unseen: the message behind it is marked. After a lost connection the subscription is made anew by itself.

#pragma once

#include "redstart/client/message.hpp"
#include "redstart/command/channel.hpp"
#include "redstart/engine/feed.hpp"
#include "redstart/task/task.hpp"

#include <memory>
#include <optional>
#include <source_location>

namespace redstart {

class client;
class mailbox;

// Whatever its messages are. It belongs to the loop on which it was made, whose coroutines use it, and where it ends;
// once the client has stopped it may end anywhere. It moves while nobody waits for its next message.
class any_subscription {
public:
    explicit any_subscription(std::unique_ptr<mailbox> receives) noexcept;
    any_subscription(any_subscription&& other) noexcept;
    any_subscription& operator=(any_subscription&& other) noexcept;
    ~any_subscription();  // ends it; the server is told in the background

    // Ends it, and returns when the server has confirmed that. What is held can still be taken; who waits for a message
    // is woken. Throws timed_out, and it has ended all the same.
    task<> close();

    subscription_stats const& stats() const noexcept;

protected:
    task<std::optional<published>> next_published(std::source_location where);

private:
    std::unique_ptr<mailbox> receives_;
};

template <class Body>
class [[nodiscard("a subscription ends with this object")]] subscription : public any_subscription {
public:
    using any_subscription::any_subscription;

    // Waits for the next message, for as long as it takes: only the ambient deadline and cancellation end the wait, and
    // no message is lost with it. None when the subscription was closed or the client has stopped, and nothing is held
    // any more. Throws what it ended of otherwise: server_error if the server refuses it after a reconnect, overloaded
    // by its policy.
    task<std::optional<message<Body>>> next(
        std::source_location where = std::source_location::current())
    {
        if (auto came = co_await next_published(where))
            co_return message<Body>{*std::move(came)};
        co_return std::nullopt;
    }
};

namespace client_detail {

task<std::unique_ptr<mailbox>> open_mailbox(client& through, engine::feed what,
                                            subscription_options options,
                                            std::source_location where);

template <class Body>
task<subscription<Body>> open_subscription(client& through, engine::feed what,
                                           subscription_options options, std::source_location where)
{
    co_return subscription<Body>{co_await open_mailbox(through, std::move(what), options, where)};
}

}  // namespace client_detail

}  // namespace redstart
