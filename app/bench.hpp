// `redstart bench`: measures the public client against a server, every reply decoded and checked.

#pragma once

#include "redstart/client/options.hpp"

#include <cstdint>
#include <expected>
#include <string>

namespace redstart::app {

struct bench_options {
    client_options server;
    std::string command = "get";  // get, set, incr or mixed
    std::uint64_t requests = 1'000'000;
    std::size_t concurrency = 500;  // coroutines, spread over the loops
    std::size_t batch = 1;          // commands per exec
    std::size_t keys = 100'000;
    std::size_t value_bytes = 64;
    std::size_t threads = 1;  // loops
    bool json = false;
};

// One line that says why these numbers cannot be measured together.
std::expected<void, std::string> check(bench_options const& options);

// Preloads the keys, measures, prints. Every value is compared with what its key holds; the counters of incr are added
// up before and after. Gives the exit code: 1 if any reply was wrong or failed. Throws, with the client stopped, if
// there is nothing to measure. `options` have passed check().
int run_bench(bench_options const& options);

}  // namespace redstart::app
