#include "redstart/net/loop.hpp"

#include "redstart/observe/metrics.hpp"

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>

namespace redstart {

namespace {

constexpr boot_clock::duration longest_wait = std::chrono::hours{1};

// Handlers between two looks at timers and at what is ready. A peer that sends faster than its
// bytes are taken always has the next read complete, so polling until nothing is left would not end.
constexpr std::size_t poll_limit = 64;

void poll(boost::asio::io_context& io)
{
    for (std::size_t ran = 0; ran < poll_limit && io.poll_one() > 0; ++ran) {}
}

}  // namespace

loop::loop(std::size_t index, histogram* turns)
    : io_{std::make_unique<boost::asio::io_context>(1)}, index_{index}, turns_{turns}
{
    // Makes the reactor and its descriptors now, so that a lack of them is found here and not by
    // the first who connects.
    boost::asio::generic::stream_protocol::socket const first{*io_};
}
loop::~loop() = default;

void loop::wake() noexcept
{
    boost::asio::post(*io_, [] {});  // ends a wait; the turn after it empties the inbox
}

void loop::request_stop() noexcept
{
    stopping_.store(true, std::memory_order_release);
    wake();
}

void loop::run()
{
    running const here{*this};
    auto const guard = boost::asio::make_work_guard(*io_);
    woken_at_ = now();
    while (!stopping_.load(std::memory_order_acquire)) {
        bool const has_more = run_turn() || !inbox_empty();
        if (turns_)
            note_turn();
        if (has_more)
            poll(*io_);
        else
            wait_and_dispatch();
        if (turns_)
            woken_at_ = now();
        forget_clock();
    }
    do
        forget_clock();
    while (run_turn() || !inbox_empty() || io_->poll() > 0);
}

void loop::note_turn() noexcept
{
    auto const took = read_clock() - woken_at_;
    turns_->record(static_cast<std::uint64_t>(took.count()));
}

void loop::wait_and_dispatch()
{
    auto const next = next_timer();
    auto wait = longest_wait;
    if (next != no_deadline)
        wait = std::clamp(next - now(), boot_clock::duration::zero(), longest_wait);
    forget_clock();  // handlers must not see the time from before the wait
    auto const ran = wait.count() == 0 ? io_->poll_one() : io_->run_one_for(wait);
    if (ran > 0 && sources_ > 1)
        poll(*io_);
}

}  // namespace redstart
