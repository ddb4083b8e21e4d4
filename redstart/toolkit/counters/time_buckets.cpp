#include "redstart/toolkit/counters/time_buckets.hpp"

#include "redstart/command/hashes.hpp"
#include "redstart/command/keys.hpp"
#include "redstart/command/script.hpp"
#include "redstart/toolkit/counters/nearest_sum.hpp"
#include "redstart/toolkit/operation.hpp"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

namespace redstart::toolkit {

namespace {

using std::chrono::microseconds;

// The number of the newest bucket, and the counts from there backwards.
using read_reply = std::tuple<std::int64_t, std::vector<std::optional<std::int64_t>>>;

// The count is read again, since what HINCRBY gives to Lua is exact only up to 2^53.
script<std::int64_t> const& adding()
{
    static script<std::int64_t> const sent{"time_buckets_add", R"(
local series, delta, width, kept = KEYS[1], ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local clock = redis.call('TIME')
local now = math.floor((clock[1] * 1000000 + clock[2]) / width)
local field = string.format('%.0f', now)
local begins = redis.call('HEXISTS', series, field) == 0
redis.call('HINCRBY', series, field, delta)
if begins then
    for _, each in ipairs(redis.call('HKEYS', series)) do
        local bucket = tonumber(each) or 0
        if bucket <= now - kept or bucket > now then redis.call('HDEL', series, each) end
    end
end
if begins or redis.call('PTTL', series) < 0 then
    redis.call('PEXPIRE', series, string.format('%.0f', math.ceil(width * kept / 1000) + 1))
end
return redis.call('HGET', series, field)
)"};
    return sent;
}

script<read_reply> const& reading()
{
    static script<read_reply> const sent{"time_buckets_read", R"(#!lua flags=no-writes
local clock = redis.call('TIME')
local now = math.floor((clock[1] * 1000000 + clock[2]) / tonumber(ARGV[1]))
local fields = {}
for i = 0, tonumber(ARGV[2]) - 1 do fields[i + 1] = string.format('%.0f', now - i) end
return {string.format('%.0f', now), redis.call('HMGET', KEYS[1], unpack(fields))}
)"};
    return sent;
}

time_buckets_options checked(time_buckets_options options, std::source_location const& where)
{
    if (options.width < std::chrono::milliseconds{1} || options.width > std::chrono::days{366})
        throw toolkit_detail::invalid_argument("a bucket is 1 ms to 366 days wide", where);
    if (options.buckets == 0 || options.buckets > 1000)
        throw toolkit_detail::invalid_argument("1 to 1000 buckets are kept", where);
    return options;
}

// With the width in the key, numbers of buckets always mean the same.
std::string kind_of(time_buckets_options const& options)
{
    return "buckets:" + options.name + ":" + std::to_string(options.width.count()) + "us";
}

std::vector<time_bucket> in_order(read_reply const& read, microseconds width)
{
    auto const& [newest, counts] = read;
    std::vector<time_bucket> all;
    all.reserve(counts.size());
    auto number = newest;
    for (auto const& each : counts)
        all.push_back({.start = std::chrono::sys_time<microseconds>{width * number--},
                       .count = each.value_or(0)});
    std::ranges::reverse(all);
    return all;
}

std::int64_t sum_up(std::vector<time_bucket> const& buckets)
{
    std::vector<std::int64_t> counts;
    counts.reserve(buckets.size());
    for (auto const& each : buckets)
        counts.push_back(each.count);
    return toolkit_detail::nearest_sum(counts);
}

task<std::vector<time_bucket>> read_last(client& db, command<read_reply> what, microseconds width,
                                         std::source_location where)
{
    co_return in_order(co_await db.exec(std::move(what), where), width);
}

task<std::int64_t> sum_of(task<std::vector<time_bucket>> buckets)
{
    co_return sum_up(co_await std::move(buckets));
}

task<time_buckets_report> read_report(client& db, command<read_reply> what, key<hash<>> at)
{
    auto const [read, used, left] = co_await db.exec(std::move(what), hlen(at), ttl(at));
    auto const buckets = in_order(read, {});
    time_buckets_report told{
        .buckets = used, .sum = sum_up(buckets), .newest = buckets.back().count};
    if (left.left)
        told.ttl_ms = left.left->count();
    co_return told;
}

task<std::vector<time_bucket>> none() { co_return {}; }

}  // namespace

time_buckets::time_buckets(client& db, time_buckets_options options, std::source_location where)
    : db_{&db}, options_{checked(std::move(options), where)},
      keys_{options_.prefix, kind_of(options_), where}
{
}

task<std::int64_t> time_buckets::add(std::string_view series, std::int64_t delta,
                                     std::source_location where) const
{
    auto const at = keys_.key_of<hash<>>(series);
    return toolkit_detail::send(
        *db_, adding()(keys(at), delta, options_.width.count(), options_.buckets), where);
}

task<std::int64_t> time_buckets::sum(std::string_view series, std::uint32_t n,
                                     std::source_location where) const
{
    return sum_of(last(series, n, where));
}

task<std::vector<time_bucket>> time_buckets::last(std::string_view series, std::uint32_t n,
                                                  std::source_location where) const
{
    if (n == 0)
        return none();
    auto const at = keys_.key_of<hash<>>(series);
    auto const most = std::min(n, options_.buckets);
    return read_last(*db_, reading()(keys(at), options_.width.count(), most), options_.width,
                     where);
}

task<time_buckets_report> time_buckets::report(std::string_view series) const
{
    auto const at = keys_.key_of<hash<>>(series);
    return read_report(*db_, reading()(keys(at), options_.width.count(), options_.buckets), at);
}

task<bool> time_buckets::erase(std::string_view series, std::source_location where) const
{
    return toolkit_detail::is_one(*db_, unlink(keys_.key_of<hash<>>(series)), where);
}

}  // namespace redstart::toolkit
