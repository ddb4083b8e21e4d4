#include "redstart/client/client.hpp"

#include "redstart/task/on.hpp"
#include "redstart/task/when_all.hpp"

#include <algorithm>
#include <cassert>

namespace redstart {

client::client(runtime& loops, client_options options, client_observers observers)
    : loops_{loops}, options_{std::move(options)}, lanes_(loops.size())
{
    assert(options_.lanes > 0 && "a client has at least one lane on each loop");
    for (std::size_t index = 0; index < loops.size(); ++index)
        for (std::size_t lane_index = 0; lane_index < options_.lanes; ++lane_index)
            lanes_[index].push_back(std::make_unique<lane>(loops.at(index), options_, observers));
}

client::~client() = default;

lane& client::lane_on(scheduler& where)
{
    auto const index = static_cast<loop&>(where).index();
    assert(&loops_.at(index) == &where && "a client is used on the loops of its runtime");
    auto& lanes = lanes_[index];
    if (lanes.size() == 1)
        return *lanes.front();
    return **std::ranges::min_element(
        lanes, {}, [](std::unique_ptr<lane> const& each) { return each->in_flight(); });
}

task<engine::server_identity> client::connect()
{
    auto const here = co_await this_context();
    co_return co_await lane_on(*here.loop).connect();
}

namespace {

using lanes_of_loop = std::vector<std::unique_ptr<lane>>;

task<> refuse_new(lanes_of_loop& lanes)
{
    for (auto& each : lanes)
        each->refuse_new();
    co_return;
}

task<> stop_lanes(lanes_of_loop& lanes, boot_clock::duration grace)
{
    std::vector<task<>> all;
    for (auto& each : lanes)
        all.push_back(each->stop(grace));
    co_await when_all(std::move(all));
}

// What `work` makes of the lanes of each loop, on that loop, side by side.
template <class Work>
task<> on_every_loop(runtime& loops, std::vector<lanes_of_loop>& lanes, Work work)
{
    auto const there = [](scheduler& loop, task<> one) -> task<> {
        co_await on(loop, std::move(one));
    };
    std::vector<task<>> all;
    for (std::size_t index = 0; index < lanes.size(); ++index)
        all.push_back(there(loops.at(index), work(lanes[index])));
    co_await when_all(std::move(all));
}

}  // namespace

task<> client::stop(boot_clock::duration grace)
{
    co_await on_every_loop(loops_, lanes_, refuse_new);
    co_await on_every_loop(loops_, lanes_,
                           [grace](lanes_of_loop& each) { return stop_lanes(each, grace); });
}

}  // namespace redstart
