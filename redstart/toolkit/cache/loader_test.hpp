// What tests of caches load from.

#pragma once

#include "redstart/task/sleep.hpp"
#include "redstart/toolkit/cache/cache.hpp"

#include <atomic>
#include <optional>
#include <string>

namespace redstart::toolkit {

namespace cache_load_tests {

using namespace std::chrono_literals;
using texts = cache<std::string>;
using found = std::optional<std::string>;

// A database whose answers can be held back.
struct database {
    std::atomic<int> loads{0};
    std::atomic<int> now{0};
    std::atomic<int> most{0};
    std::atomic<int> cancelled{0};
    std::atomic<bool> holds{false};
    std::atomic<bool> fails{false};
    std::atomic<bool> has{true};

    // Its value is the number of the load: "name 1".
    task<found> load(std::string const& name)
    {
        auto const number = ++loads;
        auto const at_once = ++now;
        for (auto seen = most.load(); at_once > seen && !most.compare_exchange_weak(seen, at_once);)
            ;
        try {
            while (holds)
                co_await sleep_for(1ms);
        } catch (failure const& why) {
            cancelled += why.code() == failure_code::cancelled ? 1 : 0;
            --now;
            throw;
        }
        --now;
        if (fails)
            throw std::runtime_error{"the database is broken"};
        if (has)
            co_return name + " " + std::to_string(number);
        co_return std::nullopt;
    }
    auto loader()
    {
        return [this](std::string const& name) { return load(name); };
    }
};

}  // namespace cache_load_tests

}  // namespace redstart::toolkit
