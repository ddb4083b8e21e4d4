#include "redstart/client/mailbox.hpp"

#include "redstart/client/shared_feed.hpp"
#include "redstart/client/subscriber.hpp"

#include <utility>

namespace redstart {

mailbox::mailbox(subscription_options const& options, subscription_metrics* metrics)
    : buffer_{options}, metrics_{metrics}
{
    if (metrics_)
        metrics_->subscriptions.add(1);
}

mailbox::~mailbox() { end(std::nullopt); }

// Once it has taken a message out it suspends no more, so nothing is lost with a caller who gives up; and one who has
// been told to give up takes none.
task<std::optional<published>> mailbox::next(std::source_location where)
{
    auto const here = co_await this_context();
    while (true) {
        if (here.is_cancelled())
            throw cancelled_failure(where);
        if (auto oldest = buffer_.pop()) {
            observe();
            co_return oldest;
        }
        if (failed_of_)
            throw failure{*failed_of_};
        if (ended_)
            co_return std::nullopt;
        changed_.reset();
        co_await changed_.wait(where);
    }
}

task<> mailbox::close()
{
    if (!feed_)
        co_return;
    auto& from = feed_->owner();
    auto const what = feed_->what();
    end(std::nullopt);
    co_await from.wait_until_left(what);
}

bool mailbox::put(std::string_view channel, std::string_view pattern,
                  std::string_view text) noexcept
{
    bool taken = true;
    try {
        taken = buffer_.push({.channel = std::string{channel},
                              .pattern = std::string{pattern},
                              .text = std::string{text}});
    } catch (std::exception const&) {
        buffer_.note_lost();  // no memory: as if the buffer were full
    }
    if (metrics_)
        metrics_->received.add();
    observe();
    changed_.set();
    return taken;
}

void mailbox::note_gap() noexcept
{
    buffer_.note_gap();
    observe();
}

void mailbox::confirm() noexcept
{
    if (std::exchange(confirmed_, true))
        buffer_.note_reconnect();
    settled_.set();
}

void mailbox::end(std::optional<failure> why) noexcept
{
    if (std::exchange(ended_, true))
        return;
    failed_of_ = std::move(why);
    if (feed_)
        feed_->remove(*this);
    if (auto* const metrics = std::exchange(metrics_, nullptr)) {
        metrics->subscriptions.add(-1);
        metrics->buffered.add(-static_cast<std::int64_t>(told_.buffered));
    }
    changed_.set();
    settled_.set();
}

// What has changed since it was told last.
void mailbox::observe() noexcept
{
    if (!metrics_)
        return;
    auto const& now = buffer_.stats();
    metrics_->buffered.add(static_cast<std::int64_t>(now.buffered) -
                           static_cast<std::int64_t>(told_.buffered));
    metrics_->dropped.add(now.dropped - told_.dropped);
    metrics_->gaps.add(now.gaps - told_.gaps);
    told_ = now;
}

}  // namespace redstart
