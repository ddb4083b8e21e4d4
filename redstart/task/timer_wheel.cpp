#include "redstart/task/timer_wheel.hpp"

#include <algorithm>
#include <bit>

namespace redstart {

namespace {

constexpr std::int64_t tick_length = 1'000'000;  // nanoseconds

std::int64_t tick_at_or_after(boot_clock::time_point at) noexcept
{
    auto const count = at.time_since_epoch().count();
    return count / tick_length + (count % tick_length != 0);
}

}  // namespace

timer_wheel::timer_wheel() noexcept
{
    for (auto& bucket : buckets_)
        bucket.next_ = bucket.previous_ = &bucket;
}

void timer_wheel::link(timer_node& head, timer_node& timer) noexcept
{
    timer.next_ = &head;
    timer.previous_ = head.previous_;
    head.previous_->next_ = &timer;
    head.previous_ = &timer;
}

void timer_wheel::unlink(timer_node& timer) noexcept
{
    timer.previous_->next_ = timer.next_;
    timer.next_->previous_ = timer.previous_;
    timer.next_ = timer.previous_ = nullptr;
}

void timer_wheel::add(timer_node& timer, boot_clock::time_point deadline) noexcept
{
    remove(timer);
    if (deadline == no_deadline)
        return;
    timer.tick_ = std::max(tick_at_or_after(deadline), last_tick_ + 1);
    auto const bucket = static_cast<std::size_t>(timer.tick_ & mask);
    link(buckets_[bucket], timer);
    marked_[bucket / 64] |= std::uint64_t{1} << (bucket % 64);
    ++running_;
}

void timer_wheel::clear_if_empty(std::size_t bucket) noexcept
{
    if (buckets_[bucket].next_ == &buckets_[bucket])
        marked_[bucket / 64] &= ~(std::uint64_t{1} << (bucket % 64));
}

void timer_wheel::remove(timer_node& timer) noexcept
{
    if (!timer.is_running())
        return;
    unlink(timer);
    --running_;
    clear_if_empty(static_cast<std::size_t>(timer.tick_ & mask));
}

void timer_wheel::take_due(std::size_t bucket, std::int64_t tick, timer_node& due) noexcept
{
    auto& head = buckets_[bucket];
    for (auto* timer = head.next_; timer != &head;) {
        auto* const next = timer->next_;
        if (timer->tick_ <= tick) {
            unlink(*timer);
            link(due, *timer);
        }
        timer = next;
    }
    clear_if_empty(bucket);
}

void timer_wheel::advance(boot_clock::time_point now) noexcept
{
    auto const tick = now.time_since_epoch().count() / tick_length;
    if (tick <= last_tick_)
        return;
    if (running_ == 0) {
        last_tick_ = tick;
        return;
    }
    anchor due;
    due.next_ = due.previous_ = &due;
    auto const last = std::min(tick, last_tick_ + static_cast<std::int64_t>(bucket_count));
    for (auto at = next_marked(last_tick_); at <= last; at = next_marked(at))
        take_due(static_cast<std::size_t>(at & mask), tick, due);
    last_tick_ = tick;
    while (due.next_ != &due) {
        auto& timer = *due.next_;
        unlink(timer);
        --running_;
        timer.fire_(timer);  // may destroy it, and may stop others that are due
    }
}

// The first tick after `after` whose bucket holds a timer; a whole turn later if there is none.
std::int64_t timer_wheel::next_marked(std::int64_t after) const noexcept
{
    std::int64_t at = after + 1;
    auto const end = at + static_cast<std::int64_t>(bucket_count);
    while (at < end) {
        auto const bucket = static_cast<std::size_t>(at & mask);
        auto const rest = marked_[bucket / 64] >> (bucket % 64);
        if (rest != 0)
            return at + std::countr_zero(rest);
        at += static_cast<std::int64_t>(64 - bucket % 64);
    }
    return end;
}

boot_clock::time_point timer_wheel::next() const noexcept
{
    if (running_ == 0)
        return no_deadline;
    return boot_clock::time_point{boot_clock::duration{next_marked(last_tick_) * tick_length}};
}

}  // namespace redstart
