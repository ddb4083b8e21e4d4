#include "redstart/toolkit/counters/unique_counter.hpp"

#include "redstart/command/hyperloglogs.hpp"
#include "redstart/command/keys.hpp"
#include "redstart/command/script.hpp"
#include "redstart/command/strings.hpp"
#include "redstart/toolkit/operation.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace redstart::toolkit {

namespace {

// Elements are added in turns: Lua cannot pass any number of them on at once.
script<bool> const& adding()
{
    static script<bool> const sent{"unique_add", R"(
local changed = 0
for first = 2, #ARGV, 1000 do
    local last = math.min(first + 999, #ARGV)
    if redis.call('PFADD', KEYS[1], unpack(ARGV, first, last)) == 1 then changed = 1 end
end
if ARGV[1] ~= '0' and redis.call('PTTL', KEYS[1]) == -1 then
    redis.call('PEXPIRE', KEYS[1], ARGV[1])
end
return changed
)"};
    return sent;
}

// The first key is what is merged into, all of them are read.
script<ok> const& merging()
{
    static script<ok> const sent{"unique_merge", R"(
redis.call('PFMERGE', unpack(KEYS))
if ARGV[1] ~= '0' and redis.call('PTTL', KEYS[1]) == -1 then
    redis.call('PEXPIRE', KEYS[1], ARGV[1])
end
return redis.status_reply('OK')
)"};
    return sent;
}

unique_counter_options checked(unique_counter_options options, std::source_location const& where)
{
    toolkit_detail::check_ttl(options.ttl, where);
    if (options.max_buckets == 0 || options.max_buckets > 4000)
        throw toolkit_detail::invalid_argument("1 to 4000 buckets are counted at once", where);
    return options;
}

bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

// The server keeps what is estimated in a string.
task<unique_counter_report> read_report(client& db, key<hyperloglog<std::string>> at)
{
    auto const [count, bytes, left] =
        co_await db.exec(pfcount(at), strlen(key<std::string>{text_of(at)}), ttl(at));
    unique_counter_report told{.exists = bytes > 0, .count = count, .bytes = bytes};
    if (left.left)
        told.ttl_ms = left.left->count();
    co_return told;
}

task<bool> answer(bool told) { co_return told; }
task<std::int64_t> count_of_none() { co_return 0; }
task<> nothing_to_do() { co_return; }

}  // namespace

unique_counter::unique_counter(client& db, unique_counter_options options,
                               std::source_location where)
    : db_{&db}, options_{checked(std::move(options), where)},
      keys_{options_.prefix, "unique:" + options_.name, where}
{
}

unique_counter::bucket_key unique_counter::key_of(std::string_view name, std::string_view bucket,
                                                  std::source_location const& where) const
{
    if (bucket.empty() || bucket.size() > 32 || !std::ranges::all_of(bucket, is_plain))
        throw toolkit_detail::invalid_argument("a bucket is 1 to 32 letters, digits, - and _",
                                               where);
    return keys_.key_of<hyperloglog<std::string>>(name, std::string{":"}.append(bucket));
}

std::vector<unique_counter::bucket_key> unique_counter::keys_of(
    std::string_view name, std::vector<std::string> const& buckets,
    std::source_location const& where) const
{
    if (buckets.size() > options_.max_buckets)
        throw toolkit_detail::invalid_argument("these are too many buckets", where);
    std::vector<bucket_key> all;
    all.reserve(buckets.size());
    for (auto const& each : buckets)
        all.push_back(key_of(name, each, where));
    return all;
}

task<bool> unique_counter::add(std::string_view name, std::string_view bucket,
                               std::string_view element, std::source_location where) const
{
    auto const at = key_of(name, bucket, where);
    return toolkit_detail::send(
        *db_, adding()(keys(at), toolkit_detail::ttl_argument(options_.ttl), element), where);
}

task<bool> unique_counter::add_all(std::string_view name, std::string_view bucket,
                                   std::vector<std::string> const& elements,
                                   std::source_location where) const
{
    auto const at = key_of(name, bucket, where);
    if (elements.empty())
        return answer(false);
    one_or_more<std::string_view> const all{elements};
    return toolkit_detail::send(
        *db_, adding()(keys(at), toolkit_detail::ttl_argument(options_.ttl), all), where);
}

task<std::int64_t> unique_counter::count(std::string_view name,
                                         std::vector<std::string> const& buckets,
                                         std::source_location where) const
{
    auto const all = keys_of(name, buckets, where);
    if (all.empty())
        return count_of_none();
    return toolkit_detail::send(*db_, pfcount(all), where);
}

task<> unique_counter::merge(std::string_view name, std::string_view into,
                             std::vector<std::string> const& from, std::source_location where) const
{
    auto all = keys_of(name, from, where);
    auto const to = key_of(name, into, where);
    if (all.empty())
        return nothing_to_do();
    all.insert(all.begin(), to);
    return toolkit_detail::send_only(
        *db_, merging()(keys(all), toolkit_detail::ttl_argument(options_.ttl)), where);
}

task<bool> unique_counter::erase(std::string_view name, std::string_view bucket,
                                 std::source_location where) const
{
    return toolkit_detail::is_one(*db_, unlink(key_of(name, bucket, where)), where);
}

task<unique_counter_report> unique_counter::report(std::string_view name, std::string_view bucket,
                                                   std::source_location where) const
{
    return read_report(*db_, key_of(name, bucket, where));
}

}  // namespace redstart::toolkit
