// Breaks something now and then: one fault at a time, somewhere between the clients and their server.

#pragma once

#include "redstart/testing/fault_proxy.hpp"
#include "redstart/testing/server_fixture.hpp"

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string_view>
#include <thread>
#include <vector>

namespace redstart::soak {

// What it may break. Both outlive it.
struct breakable {
    testing::server_fixture& server;
    std::vector<std::unique_ptr<testing::fault_proxy>>& proxies;
};

// Works on a thread of its own from the beginning. Which faults come in which order follows from the seed, when they
// meet whom does not.
class troublemaker {
public:
    troublemaker(breakable what, std::uint64_t seed);
    troublemaker(troublemaker const&) = delete;
    troublemaker& operator=(troublemaker const&) = delete;
    ~troublemaker() { stop(); }

    // All is whole when it returns.
    void stop();

    // How often each fault came about. After stop().
    std::map<std::string_view, std::int64_t> const& counts() const noexcept { return counts_; }

private:
    void work();
    void make_trouble();
    void break_one(testing::fault_proxy& proxy);
    void break_once(testing::fault_proxy& proxy);
    void break_server();
    std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
    void wait(std::chrono::microseconds most);

    breakable what_;
    std::mt19937_64 random_;
    std::map<std::string_view, std::int64_t> counts_;
    std::mutex mutex_;
    std::condition_variable stopped_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace redstart::soak
