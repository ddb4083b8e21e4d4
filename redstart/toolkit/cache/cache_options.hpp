// What a cache is told, and what it tells.

#pragma once

#include <boost/describe.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace redstart {
class metrics_registry;
}

namespace redstart::toolkit {

// The time to live of what stays until somebody erases it, or the server evicts it.
inline constexpr auto no_expiry = std::chrono::milliseconds::max();

struct cache_options {
    std::string prefix = "redstart";  // see key_space.hpp
    std::string name = "default";     // caches of different types need different ones

    // How long an entry is fresh, if a call does not say: 1 ms to 100 years, or no_expiry.
    std::chrono::milliseconds ttl = std::chrono::minutes{10};
    // Up to this part of a time to live is taken off, by chance, so that what was written together does not end
    // together: 0 to 0.9.
    double jitter = 0.15;
    // For so long after that it may still be served while it is loaded anew: 0 to 100 years.
    std::chrono::milliseconds stale_for{};

    // Larger values are compressed if that helps, in bytes; and larger ones than `longest_value` are neither written
    // nor believed, at most 512 MB.
    std::size_t compress_from = 1024;
    std::size_t longest_value = std::size_t{64} * 1024 * 1024;

    // For get_or_load. An absence is remembered for `negative_ttl`, and that loading failed for `failure_ttl`, this in
    // the process only; 0: not at all. A load is cancelled after `load_timeout`, which is also how long others leave it
    // to a process that died: 10 ms to 1 h. Whoever finds that another process loads waits for it, then loads, too.
    std::chrono::milliseconds negative_ttl = std::chrono::seconds{10};
    std::chrono::milliseconds failure_ttl{};
    std::chrono::milliseconds load_timeout = std::chrono::seconds{10};
    std::chrono::milliseconds wait = std::chrono::seconds{3};
    // For each request to the server; when it does not answer, the cache is done without.
    std::chrono::milliseconds operation_timeout{250};
    // A fresh entry is loaded anew by chance before its time, the likelier the nearer that is, and the longer the load
    // took: with 1, as early as that takes; 0: never.
    double early_refresh = 1;
    // On each loop, at once; further loads wait, further refreshes are left to others.
    std::size_t max_loads = 64;
    std::size_t max_refreshes = 256;

    metrics_registry* metrics = nullptr;  // counts there as well; outlives the cache
};

// What one call says of the entry that it writes.
struct cache_entry_options {
    std::optional<std::chrono::milliseconds> ttl{};  // none: that of the cache
    // By which it is invalidated together with others: at most 32, of 1 to 256 bytes. They are looked up when the entry
    // is read: by get_or_load, which is told of them, along with it; by get in a second round trip.
    std::vector<std::string> tags{};
};

enum class cache_state : std::uint8_t {
    hit,
    stale,     // past its time to live, but within stale_for
    negative,  // known not to exist
    miss       // nothing is known
};
BOOST_DESCRIBE_ENUM(cache_state, hit, stale, negative, miss)

template <class T>
struct cache_result {
    cache_state state = cache_state::miss;
    std::optional<T> value{};  // of a hit, and of what is stale
    // How long it is still fresh, 0 if stale; none: for ever, or there is nothing.
    std::optional<std::chrono::milliseconds> fresh_for{};

    explicit operator bool() const noexcept { return value.has_value(); }
    bool operator==(cache_result const&) const = default;
};

struct warm_up_progress {
    std::size_t total = 0;
    std::size_t done = 0;    // failed ones among them
    std::size_t failed = 0;  // could not be loaded
};
BOOST_DESCRIBE_STRUCT(warm_up_progress, (), (total, done, failed))

struct warm_up_options {
    std::size_t at_once = 16;
    // Called after each name, where warm_up() is awaited; must not throw.
    std::function<void(warm_up_progress const&)> on_progress{};
    cache_entry_options as{};
};

// What a cache of this process has seen since it was made.
struct cache_report {
    std::uint64_t hits = 0;
    std::uint64_t stale = 0;
    std::uint64_t negative = 0;
    std::uint64_t misses = 0;
    std::uint64_t errors = 0;  // the server failed, or what it gave was damaged
    std::uint64_t loads = 0;   // that succeeded, absences among them
    std::uint64_t failed_loads = 0;
    std::uint64_t fills = 0;  // loaded values that were cached
    // those that were not: somebody had invalidated them meanwhile
    std::uint64_t refused_fills = 0;
};
BOOST_DESCRIBE_STRUCT(cache_report, (),
                      (hits, stale, negative, misses, errors, loads, failed_loads, fills,
                       refused_fills))

}  // namespace redstart::toolkit
