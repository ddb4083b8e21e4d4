#include "redstart/net/runtime.hpp"

#include "redstart/observe/metrics.hpp"

#include <sched.h>

#include <algorithm>
#include <string>

namespace redstart {

namespace {

metric_family const turns_family{.name = "redstart.loop.turn.duration",
                                 .help = "Duration of a loop's turns: what came meanwhile waited.",
                                 .unit = "s"};

histogram* count_turns(metrics_registry* metrics, std::size_t index)
{
    if (!metrics)
        return nullptr;
    return &metrics->add_histogram(turns_family, {{"redstart.loop.index", std::to_string(index)}},
                                   command_buckets());
}

std::size_t usable_cores()
{
    cpu_set_t set;
    CPU_ZERO(&set);
    if (::sched_getaffinity(0, sizeof set, &set) != 0)
        return std::max(1u, std::thread::hardware_concurrency());
    return static_cast<std::size_t>(std::max(1, CPU_COUNT(&set)));
}

}  // namespace

runtime::runtime(runtime_options options)
{
    auto const count = options.loops != 0 ? options.loops : usable_cores();
    for (std::size_t index = 0; index < count; ++index)
        loops_.push_back(std::make_unique<loop>(index, count_turns(options.metrics, index)));
    try {
        for (auto& each : loops_)
            threads_.emplace_back([&loop = *each] { loop.run(); });
    } catch (...) {
        stop();  // those that did start would be joined, and wait for ever
        throw;
    }
}

runtime::~runtime() { stop(); }

void runtime::stop() noexcept
{
    for (auto& each : loops_)
        each->request_stop();
    threads_.clear();  // joins
}

}  // namespace redstart
