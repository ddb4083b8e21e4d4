#include "redstart/client/client.hpp"

#include "redstart/task/on.hpp"
#include "redstart/task/when_all.hpp"

#include <cassert>

namespace redstart {

client::client(runtime& loops, client_options options, client_observers observers)
    : loops_{loops}, options_{std::move(options)}
{
    for (std::size_t index = 0; index < loops.size(); ++index)
        parts_.push_back(std::make_unique<local_client>(loops.at(index), options_, observers));
}

client::~client() = default;

local_client& client::on(scheduler& where)
{
    auto const index = static_cast<loop&>(where).index();
    assert(&loops_.at(index) == &where && "a client is used on the loops of its runtime");
    return *parts_[index];
}

task<engine::server_identity> client::connect()
{
    auto const here = co_await this_context();
    auto& part = on(*here.loop);
    if (options_.pool.min_idle > 0)
        part.pool().keep_ready();
    co_return co_await part.best_lane().connect();
}

pool_statistics client::pool_usage() const noexcept
{
    pool_statistics all;
    for (auto const& each : parts_)
        all += each->pool().statistics();
    return all;
}

namespace {

using parts = std::vector<std::unique_ptr<local_client>>;

task<> refuse_new(local_client& part)
{
    part.refuse_new();
    co_return;
}

// What `work` makes of each part, on its loop, side by side.
template <class Work>
task<> on_every_loop(runtime& loops, parts& all, Work work)
{
    auto const there = [](scheduler& loop, task<> one) -> task<> {
        co_await on(loop, std::move(one));
    };
    std::vector<task<>> each;
    for (std::size_t index = 0; index < all.size(); ++index)
        each.push_back(there(loops.at(index), work(*all[index])));
    co_await when_all(std::move(each));
}

}  // namespace

task<> client::stop(boot_clock::duration grace)
{
    co_await on_every_loop(loops_, parts_, refuse_new);
    co_await on_every_loop(loops_, parts_,
                           [grace](local_client& each) { return each.stop(grace); });
}

}  // namespace redstart
