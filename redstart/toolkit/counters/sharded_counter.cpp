#include "redstart/toolkit/counters/sharded_counter.hpp"

#include "redstart/base/random.hpp"
#include "redstart/toolkit/counters/nearest_sum.hpp"
#include "redstart/toolkit/operation.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace redstart::toolkit {

namespace {

sharded_counter_options checked(sharded_counter_options options, std::source_location const& where)
{
    if (options.shards == 0 || options.shards > 1024)
        throw toolkit_detail::invalid_argument("a counter has 1 to 1024 shards", where);
    return options;
}

std::string shard_of(std::string_view name, std::uint64_t number)
{
    return std::string{name}.append("#").append(std::to_string(number));
}

std::vector<std::string> all_shards_of(std::string_view name, std::uint32_t shards)
{
    std::vector<std::string> all;
    for (std::uint32_t i = 0; i < shards; ++i)
        all.push_back(shard_of(name, i));
    return all;
}

// FNV-1a: the same in every process, so that a repeat meets its id wherever it is sent from.
std::uint64_t spread(std::string_view text)
{
    std::uint64_t hash = 0xcbf29ce484222325;
    for (char const c : text)
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return hash ^ (hash >> 32);
}

task<bool> applied_now(task<counter_state> addition, std::source_location where)
{
    auto const done = co_await std::move(addition);
    if (!done.applied)
        throw failure{{.code = failure_code::invalid_argument,
                       .outcome = outcome::refused,
                       .command = {},
                       .reason = "a shard of the counter would overflow",
                       .server_text = {}},
                      where};
    co_return !done.repeated;
}

task<> apply(task<counter_state> addition, std::source_location where)
{
    static_cast<void>(co_await applied_now(std::move(addition), where));
}

task<std::int64_t> sum_of(task<std::vector<std::int64_t>> values)
{
    co_return toolkit_detail::nearest_sum(co_await std::move(values));
}

void add_to(sharded_counter_report& told, counter_report const& shard)
{
    told.operations += shard.operations;
    if (!shard.exists)
        return;
    ++told.shards;
    told.least = std::min(shard.value, told.least.value_or(shard.value));
    told.greatest = std::max(shard.value, told.greatest.value_or(shard.value));
    if (shard.ttl_ms)
        told.ttl_ms = std::min(*shard.ttl_ms, told.ttl_ms.value_or(*shard.ttl_ms));
}

task<sharded_counter_report> sum_up(task<std::vector<counter_report>> shards)
{
    auto const all = co_await std::move(shards);
    std::vector<std::int64_t> values;
    sharded_counter_report told;
    for (auto const& each : all) {
        values.push_back(each.value);
        add_to(told, each);
    }
    told.value = toolkit_detail::nearest_sum(values);
    co_return told;
}

}  // namespace

sharded_counter::sharded_counter(client& db, sharded_counter_options options,
                                 std::source_location where)
    : options_{checked(std::move(options), where)},
      shards_{db, {.prefix = options_.prefix, .name = options_.name, .ttl = options_.ttl}, where}
{
}

task<> sharded_counter::add(std::string_view name, std::int64_t delta,
                            std::source_location where) const
{
    auto const shard = shard_of(name, fast_random() % options_.shards);
    return apply(shards_.add(shard, delta, where), where);
}

task<bool> sharded_counter::add(std::string_view name, std::int64_t delta,
                                std::string_view operation_id, std::source_location where) const
{
    auto const shard = shard_of(name, spread(operation_id) % options_.shards);
    return applied_now(shards_.add(shard, delta, operation_id, where), where);
}

task<std::int64_t> sharded_counter::get(std::string_view name, std::source_location where) const
{
    return sum_of(shards_.get_all(all_shards_of(name, options_.shards), where));
}

task<bool> sharded_counter::erase(std::string_view name, std::source_location where) const
{
    return toolkit_detail::is_any(shards_.erase_all(all_shards_of(name, options_.shards), where));
}

task<sharded_counter_report> sharded_counter::report(std::string_view name,
                                                     std::source_location where) const
{
    return sum_up(shards_.report_all(all_shards_of(name, options_.shards), where));
}

}  // namespace redstart::toolkit
