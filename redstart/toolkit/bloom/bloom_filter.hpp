// A Bloom filter: whether a key was certainly never added, in little memory and without keeping the keys.
//
//     bloom_filter users{db, {.name = "users", .capacity = 1'000'000, .false_positive_rate = 0.01}};
//     auto const build = co_await users.rebuild();          // what the source holds now
//     co_await build.add_all(ids);
//     co_await build.finish();
//     co_await users.add("ada");                            // and from then on what is new
//     if (co_await users.might_contain("bob") == bloom_answer::absent) ...
//
// `absent` is an answer only of a filter that is whole. One that was never built, that was deleted, evicted or flushed,
// or a shard of it, answers `maybe` until it is rebuilt; nothing that is called here makes an empty one by the way.
// While a generation is built beside the one that counts, whoever adds, in any process, adds to both. The new one takes
// over in one step, and the old one is removed. Nothing can be taken out of a filter but by rebuilding it.
//
// What you have to keep to, or a key reads as absent though the source has it:
// - First write to the source, then add. An add that fails is repeated until it succeeds; it is safe to repeat.
// - What a build is fed with is read after rebuild() has returned, and from the source itself, not from a copy behind.
// - An add that the server confirmed and lost again, in a failover or with its last seconds of data, cannot be noticed.
//   Rebuild after these.
//
// Keys: the hash <prefix>:bloom:{<name>} and behind its brace :a:0, :b:0, :a:1 ... one string below 8 MB for each
// shard, on one of two sides. All lie in one slot, so that a script sees all of a filter and the change of generations
// is one step; so one server holds it, at most 512 MB and twice that during a rebuild. They do not expire. Keys leave
// this process only as positions of bits, a hundred to a script, and a batch of them in one round trip.
//
// Cost: one round trip for a key or for a batch, O(k) for each key of it; report() is O(size). Beyond its capacity a
// filter still misses nothing, but says `maybe` more often: see report().overfull.
//
// In a module (see bloom_storage_of) the filter grows by itself beyond its capacity, keys are sent as they are, and a
// report knows no bits: `fill` is the part of the capacity. What is said above holds there too; but as no server that
// we test on has such a module, this way is tested against a server that plays the documented replies of BF.* only.
//
// Options that differ from those the filter was made with are refused: a failure (invalid_argument, its outcome
// `refused`) that tells both. Deadline and cancellation are the ambient ones; a batch that fails may have been added in
// part. Nothing is retried or hidden here; penetration_guard.hpp goes on without a filter that fails.

#pragma once

#include "redstart/client/client.hpp"
#include "redstart/codec/described.hpp"
#include "redstart/toolkit/bloom/bloom_shape.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace redstart::toolkit {

// Where the bits are: in strings, which every server has, or in a module of the server's.
enum class bloom_storage : std::uint8_t { strings, module };
BOOST_DESCRIBE_ENUM(bloom_storage, strings, module)

struct bloom_filter_options {
    std::string prefix = "redstart";    // see key_space.hpp
    std::string name = "default";       // of this filter: any bytes
    std::uint64_t capacity = 100'000;   // keys: 1 to 1,000,000,000
    double false_positive_rate = 0.01;  // when it is full: 1e-9 to 0.5
    // of the hash: filters of different seeds err about different keys
    std::uint64_t seed = 0;
    std::size_t max_batch = 10'000;  // keys in one call, at most
    bloom_storage storage = bloom_storage::strings;
};

enum class bloom_answer : std::uint8_t { absent, maybe };
BOOST_DESCRIBE_ENUM(bloom_answer, absent, maybe)

enum class bloom_addition : std::uint8_t {
    added,  // certainly new
    seen,   // added before, or taken for one that was
    // there is nothing to add to, or it is still being built: might_contain() says `maybe`
    not_ready,
};
BOOST_DESCRIBE_ENUM(bloom_addition, added, seen, not_ready)

// What an operator wants to know of one filter.
struct bloom_report {
    bool ready = false;            // `absent` can be answered for every key
    std::uint64_t generation = 0;  // 0 if none was ever finished
    std::uint64_t building = 0;    // the generation that is built beside it; 0 if none is
    // Unix time; 0 if none is. A builder that died leaves this behind
    std::int64_t building_since_ms = 0;
    std::uint64_t capacity = 0;
    double false_positive_rate = 0;  // as wanted, at capacity
    std::uint32_t bits_per_key = 0;
    std::uint32_t shards = 0;
    std::uint32_t lost_shards = 0;
    std::uint64_t bits = 0;
    std::uint64_t bits_set = 0;
    double fill = 0;  // the part of the bits that is set
    double estimated_keys = 0;
    double estimated_rate = 0;  // of false positives, as it is now
    bool overfull = false;      // more than half of the bits: rebuild it larger, under another name

    bool operator==(bloom_report const&) const = default;
};
BOOST_DESCRIBE_STRUCT(bloom_report, (),
                      (ready, generation, building, building_since_ms, capacity,
                       false_positive_rate, bits_per_key, shards, lost_shards, bits, bits_set, fill,
                       estimated_keys, estimated_rate, overfull))

namespace toolkit_detail {
class bloom_layout;
}

class bloom_build;

// `module` if the server knows BF.INSERT, to be asked once when a program starts. All programs of a filter must use the
// same: another one is refused as other options are. One round trip; the client outlives the task.
task<bloom_storage> bloom_storage_of(client& db,
                                     std::source_location where = std::source_location::current());

// A value that refers to its client, which outlives it and every task made here. Used on the loops of that client's
// runtime, by any number of coroutines at once. Keys are any bytes and are used up by the call. Arguments that are
// refused throw a failure (invalid_argument, not_sent) from the call itself, before anything is awaited.
class bloom_filter {
public:
    // Throws a failure (invalid_argument) for options out of bounds.
    bloom_filter(client& db, bloom_filter_options options,
                 std::source_location where = std::source_location::current());

    task<bloom_addition> add(std::string_view key,
                             std::source_location where = std::source_location::current()) const;
    // An answer for each key, in their order. Not one step: others may see a part of it.
    task<std::vector<bloom_addition>> add_all(
        std::span<std::string const> keys,
        std::source_location where = std::source_location::current()) const;

    task<bloom_answer> might_contain(
        std::string_view key, std::source_location where = std::source_location::current()) const;
    task<std::vector<bloom_answer>> might_contain_all(
        std::span<std::string const> keys,
        std::source_location where = std::source_location::current()) const;

    // Begins a new generation, at first empty, beside the one that counts. Three round trips. Whoever was building
    // another one can no longer finish it. One that is not finished costs its memory, and every add the double, until
    // the next.
    task<bloom_build> rebuild(std::source_location where = std::source_location::current()) const;

    // Removes both generations: the filter says `maybe` from then on. False if there was none.
    task<bool> erase(std::source_location where = std::source_location::current()) const;

    // One round trip; the server looks at every byte of the filter, shard by shard.
    task<bloom_report> report(std::source_location where = std::source_location::current()) const;

    bloom_filter_options const& options() const noexcept;
    bloom_shape const& shape() const noexcept;

private:
    client* db_;
    std::shared_ptr<toolkit_detail::bloom_layout const> layout_;  // shared by copies and tasks
};

// A generation that is being built. A value, as the filter is; it needs the client, not the filter. If another one was
// begun meanwhile, or a shard of this one was lost, its calls fail with a conflict, `refused`: begin again.
class bloom_build {
public:
    task<> add_all(std::span<std::string const> keys,
                   std::source_location where = std::source_location::current()) const;

    // From now on this generation answers. Safe to repeat when nobody knows whether it was applied.
    task<> finish(std::source_location where = std::source_location::current()) const;

    std::uint64_t generation() const noexcept { return generation_; }

private:
    friend class bloom_filter;
    bloom_build(client& db, std::shared_ptr<toolkit_detail::bloom_layout const> layout,
                std::uint64_t generation)
        : db_{&db}, layout_{std::move(layout)}, generation_{generation}
    {
    }
    static task<bloom_build> begin(client& db,
                                   std::shared_ptr<toolkit_detail::bloom_layout const> layout,
                                   std::source_location where);

    client* db_;
    std::shared_ptr<toolkit_detail::bloom_layout const> layout_;
    std::uint64_t generation_;
};

}  // namespace redstart::toolkit
