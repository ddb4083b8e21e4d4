#include "redstart/client/client.hpp"

#include "redstart/task/on.hpp"

#include <algorithm>

namespace redstart {

client::client(runtime& loops, client_options options, client_observers observers)
    : loops_{loops}, options_{std::move(options)}, lanes_(loops.size())
{
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

task<> stop_all(std::vector<std::unique_ptr<lane>>& lanes, boot_clock::duration grace)
{
    for (auto& each : lanes)
        co_await each->stop(grace);
}

}  // namespace

task<> client::stop(boot_clock::duration grace)
{
    for (std::size_t index = 0; index < lanes_.size(); ++index)
        co_await on(loops_.at(index), stop_all(lanes_[index], grace));
}

}  // namespace redstart
