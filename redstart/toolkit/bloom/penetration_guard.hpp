// Keeps reads of what does not exist away from the source: a Bloom filter in front of any loader.
//
//     penetration_guard guard{users_filter};
//     std::optional<user> found = co_await guard.read(id, [&] { return load_user(id); });
//
// What the filter knows to be absent is not loaded: the loader is not even called. Anything else is, also when the
// filter is not ready, fails, or takes longer than `filter_timeout`: without a filter the guard is only transparent.
// The loader is whatever gives a task of an optional, so the read of a cache that loads can stand behind it, too.
//
// The filter is fed by others: by who writes, source first and then filter.add(), and by who rebuilds it. A read feeds
// nothing, since what was loaded just now may be deleted by now. See bloom_filter.hpp for the rules, on which it
// depends that nothing which exists reads as absent.
//
// One round trip before the load. Failures of the loader are thrown on, and so are a cancellation and the end of the
// ambient deadline, of which the loader has what is left.

#pragma once

#include "redstart/codec/described.hpp"
#include "redstart/task/task.hpp"
#include "redstart/toolkit/bloom/bloom_filter.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <source_location>
#include <string_view>
#include <type_traits>
#include <utility>

namespace redstart::toolkit {

struct penetration_guard_options {
    // For the filter's answer, 1 ms to 1 min; a read goes on to load then.
    std::chrono::milliseconds filter_timeout{50};
    // Told of every failure of the filter, on the loop of the read that meets it. Does not throw; may be empty.
    std::function<void(failure const&)> on_filter_failure{};
};

// Counted since the guard was made.
struct penetration_counts {
    std::uint64_t reads = 0;
    std::uint64_t kept_away = 0;  // absent, and not loaded
    std::uint64_t loads = 0;      // begun, those below among them
    // that found nothing: false positives, and what was deleted
    std::uint64_t loads_of_nothing = 0;
    // loaded because the filter failed: also if its options differ
    std::uint64_t filter_failures = 0;

    bool operator==(penetration_counts const&) const = default;
};
BOOST_DESCRIBE_STRUCT(penetration_counts, (),
                      (reads, kept_away, loads, loads_of_nothing, filter_failures))

namespace toolkit_detail {

template <class T>
constexpr bool is_task_of_optional = false;
template <class T>
constexpr bool is_task_of_optional<task<std::optional<T>>> = true;

}  // namespace toolkit_detail

// Outlives every task made here, and so does the client of its filter. Used on the loops of that client's runtime, by
// any number of coroutines at once.
class penetration_guard {
public:
    // Throws a failure (invalid_argument) for a time-out out of bounds.
    explicit penetration_guard(bloom_filter filter, penetration_guard_options options = {},
                               std::source_location where = std::source_location::current());
    penetration_guard(penetration_guard const&) = delete;
    penetration_guard& operator=(penetration_guard const&) = delete;

    // What `load()` gives, a task of an optional; nothing if the filter knows that there is nothing. The key is used up
    // by the call. What the loader refers to outlives the task; the loader itself is kept by it.
    template <class Loader>
    std::invoke_result_t<Loader&> read(std::string_view key, Loader load,
                                       std::source_location where = std::source_location::current())
    {
        static_assert(toolkit_detail::is_task_of_optional<std::invoke_result_t<Loader&>>,
                      "load() gives a task<std::optional<T>>");
        return read_behind(*this, filter_.might_contain(key, where), std::move(load));
    }

    // Any thread.
    penetration_counts counts() const noexcept;

    bloom_filter const& filter() const noexcept { return filter_; }

private:
    template <class Loader>
    static std::invoke_result_t<Loader&> read_behind(penetration_guard& self,
                                                     task<bloom_answer> asked, Loader load)
    {
        if (co_await self.is_absent(std::move(asked)))
            co_return std::nullopt;
        auto found = co_await load();
        if (!found)
            self.loads_of_nothing_.fetch_add(1, std::memory_order_relaxed);
        co_return found;
    }

    // Whether nothing is to be loaded. Counts.
    task<bool> is_absent(task<bloom_answer> asked);

    bloom_filter filter_;
    penetration_guard_options options_;
    std::atomic<std::uint64_t> reads_{0};
    std::atomic<std::uint64_t> kept_away_{0};
    std::atomic<std::uint64_t> loads_{0};
    std::atomic<std::uint64_t> loads_of_nothing_{0};
    std::atomic<std::uint64_t> filter_failures_{0};
};

}  // namespace redstart::toolkit
