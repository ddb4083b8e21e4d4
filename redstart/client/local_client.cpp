#include "redstart/client/local_client.hpp"

#include "redstart/task/when_all.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace redstart {

local_client::local_client(loop& home, client_options const& options, client_observers observers)
    : home_{home}, options_{options}, observers_{observers}, budget_{options.retry},
      breaker_{options.circuit_breaker}
{
    assert(options.lanes > 0 && "a client has at least one lane on each loop");
    if (observers.metrics)
        metrics_.emplace(*observers.metrics, options);
    if (observers.metrics)
        subscription_metrics_.emplace(*observers.metrics, options);
    subscriptions_.emplace(home, options, metrics(),
                           subscription_metrics_ ? &*subscription_metrics_ : nullptr);
    for (std::size_t index = 0; index < options.lanes; ++index)
        lanes_.push_back(std::make_unique<lane>(
            link::surroundings{home, options, metrics(), &blocked_threads_}));
    pool_.emplace(home, options, lanes_.front()->link(), observers.metrics);
}

// On any thread, so it touches nothing of the loop: stop() has seen to that.
local_client::~local_client() = default;

lane& local_client::best_lane()
{
    if (lanes_.size() == 1)
        return *lanes_.front();
    auto const burden = [](std::unique_ptr<lane> const& each) {
        return std::pair{each->link().is_occupied(), each->link().in_flight()};
    };
    return **std::ranges::min_element(lanes_, {}, burden);
}

std::uint32_t local_client::in_flight() const noexcept
{
    std::uint32_t all = 0;
    for (auto const& each : lanes_)
        all += each->link().in_flight();
    return all;
}

void local_client::deliver(span_record finished)
{
    spans_.push_back(std::move(finished));
    if (stopping_)
        hand_over_spans();  // nobody may call this any more
    else
        home_.call_before_idle(*this);
}

void local_client::hand_over_spans()
{
    if (!spans_.empty())
        observers_.spans->take(std::exchange(spans_, {}));
}

void local_client::refuse_new() noexcept
{
    stopping_ = true;
    for (auto& each : lanes_)
        each->refuse_new();
    subscriptions_->refuse_new();
    pool_->refuse_new();
}

task<> local_client::stop(boot_clock::duration grace)
{
    refuse_new();
    co_await pool_->stop(grace);  // first, since it sends CLIENT UNBLOCK on a lane
    while (!pauses_.empty())
        pauses_.front()->end();
    std::vector<task<>> all;
    for (auto& each : lanes_)
        all.push_back(each->stop(grace));
    all.push_back(subscriptions_->stop());
    co_await when_all(std::move(all));
    home_.forget(*this);
    hand_over_spans();
}

}  // namespace redstart
