#include "redstart/client/blocking_client.hpp"

#include <atomic>

namespace redstart {

blocking_client::blocking_client(client_options options, runtime_options loops,
                                 client_observers observers)
    : own_loops_{std::make_unique<runtime>(loops)},
      own_client_{std::make_unique<client>(*own_loops_, std::move(options), observers)},
      client_{own_client_.get()}
{
}

blocking_client::~blocking_client()
{
    if (own_client_)
        own_loops_->run(own_client_->stop());
}

loop& blocking_client::loop_of_this_thread() noexcept
{
    static std::atomic<std::size_t> threads{0};
    thread_local std::size_t const number = threads.fetch_add(1, std::memory_order_relaxed);
    auto& loops = client_->loops();
    return loops.at(number % loops.size());
}

}  // namespace redstart
