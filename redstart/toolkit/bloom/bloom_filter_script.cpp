// A generation is a number that grows, by the server's clock where that is ahead, so that no number is used twice even
// after the metadata were lost. Its shards lie on side a if it is even, on side b if it is odd, and a new one never has
// the parity of the one that counts. So the keys of both are known before the metadata are read, and one script does.
//
// The first 63 bits of a shard hold the number of its generation. That is how a shard which was evicted or deleted is
// noticed, and one that is left from another generation is not believed; nothing but bloom_allocate writes them.
//
// Metadata: `config`, the options as text; `last`, the newest generation; `live`, the one that counts; `making`, the
// one whose shards are being allocated; `next`, the one that is being filled; `since`, when that began, in
// microseconds.

#include "redstart/toolkit/bloom/bloom_filter_script.hpp"

namespace redstart::toolkit::toolkit_detail {

namespace {

constexpr std::string_view bloom_check_text = R"(#!lua flags=no-writes
local meta = redis.call('HMGET', KEYS[1], 'config', 'live')
if meta[1] and meta[1] ~= ARGV[1] then return {meta[1], {}} end
local live, stride, answers = tonumber(meta[2] or 0), ARGV[2] + 1, {}

local function answer(key, first, last)
    local call = {'BITFIELD_RO', key, 'GET', 'u63', 0}
    for i = first, last do
        local n = #call
        call[n + 1], call[n + 2], call[n + 3] = 'GET', 'u1', ARGV[i]
    end
    local bits = redis.call(unpack(call))
    if bits[1] ~= live then return 1 end
    for i = 2, #bits do
        if bits[i] == 0 then return 0 end
    end
    return 1
end

for first = 3, #ARGV, stride do
    local key = KEYS[2 * ARGV[first] + live % 2]
    answers[#answers + 1] = live > 0 and answer(key, first + 1, first + stride - 1) or 1
end
return {false, answers}
)";

constexpr std::string_view bloom_add_text = R"(
local meta = redis.call('HMGET', KEYS[1], 'config', 'live', 'next')
if meta[1] and meta[1] ~= ARGV[1] then return {meta[1], {}} end
local generations, stride, only = {}, ARGV[2] + 1, tonumber(ARGV[3])
local live, following = tonumber(meta[2] or 0), tonumber(meta[3] or 0)
if only > 0 then
    if following ~= only then return {false, {}} end
    live = 0
end
if live > 0 then generations[1] = live end
if following > 0 then generations[#generations + 1] = following end

local whole = {}
local function is_whole(key, generation)
    if whole[key] == nil then
        whole[key] = redis.call('BITFIELD_RO', key, 'GET', 'u63', 0)[1] == generation
    end
    return whole[key]
end

local function set_bits(key, first, last)
    local call = {'BITFIELD', key}
    for i = first, last do
        local n = #call
        call[n + 1], call[n + 2], call[n + 3], call[n + 4] = 'SET', 'u1', ARGV[i], 1
    end
    for _, before in ipairs(redis.call(unpack(call))) do
        if before == 0 then return 1 end
    end
    return 0
end

local function add(first, generation)
    local key = KEYS[2 * ARGV[first] + generation % 2]
    if not is_whole(key, generation) then return 2 end
    return set_bits(key, first + 1, first + stride - 1)
end

local answers = {}
for first = 4, #ARGV, stride do
    local answer = 2
    for _, generation in ipairs(generations) do
        local changed = add(first, generation)
        if generation == live or only > 0 then answer = changed end
    end
    answers[#answers + 1] = answer
end
return {false, answers}
)";

// Who begins takes over from whoever was building before: that one may be gone for good.
constexpr std::string_view bloom_begin_text = R"(
local meta = redis.call('HMGET', KEYS[1], 'config', 'live', 'last')
if meta[1] and meta[1] ~= ARGV[1] then return {meta[1], 0} end
local live, clock = tonumber(meta[2] or 0), redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local generation = math.max(now, tonumber(meta[3] or 0) + 1)
if live > 0 and generation % 2 == live % 2 then generation = generation + 1 end
local text = string.format('%.0f', generation)
redis.call('HSET', KEYS[1], 'config', ARGV[1], 'last', text, 'making', text,
           'since', string.format('%.0f', now))
redis.call('HDEL', KEYS[1], 'next')
for i = 2, #KEYS do
    if live == 0 or i % 2 == generation % 2 then redis.call('UNLINK', KEYS[i]) end
end
return {false, generation}
)";

constexpr std::string_view bloom_erase_text = R"(
local config = redis.call('HGET', KEYS[1], 'config')
if config and config ~= ARGV[1] then return {config, 0} end
for i = 1, #KEYS do redis.call('UNLINK', KEYS[i]) end
return {false, config and 1 or 0}
)";

constexpr std::string_view bloom_allocate_text = R"(
if redis.call('HGET', KEYS[1], 'making') ~= ARGV[1] then return 0 end
redis.call('BITFIELD', KEYS[2], 'SET', 'u63', 0, ARGV[1])
redis.call('SETBIT', KEYS[2], ARGV[2], 0)
return 1
)";

constexpr std::string_view bloom_open_text = R"(
local meta = redis.call('HMGET', KEYS[1], 'making', 'next')
if meta[2] == ARGV[1] then return 1 end
if meta[1] ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'next', ARGV[1])
redis.call('HDEL', KEYS[1], 'making')
return 1
)";

constexpr std::string_view bloom_finish_text = R"(
local meta = redis.call('HMGET', KEYS[1], 'live', 'next')
if meta[1] == ARGV[1] then return 1 end
if meta[2] ~= ARGV[1] then return 0 end
local generation = tonumber(ARGV[1])
for i = 2 + generation % 2, #KEYS, 2 do
    if redis.call('BITFIELD_RO', KEYS[i], 'GET', 'u63', 0)[1] ~= generation then return 2 end
end
redis.call('HSET', KEYS[1], 'live', ARGV[1])
redis.call('HDEL', KEYS[1], 'next', 'since')
for i = 3 - generation % 2, #KEYS, 2 do redis.call('UNLINK', KEYS[i]) end
return 1
)";

// No script of ours looks into the module's filter: the one that was begun is there, or it was lost.
constexpr std::string_view bloom_finish_in_module_text = R"(
local meta = redis.call('HMGET', KEYS[1], 'live', 'next')
if meta[1] == ARGV[1] then return 1 end
if meta[2] ~= ARGV[1] then return 0 end
local side = 2 + tonumber(ARGV[1]) % 2
if redis.call('EXISTS', KEYS[side]) == 0 then return 2 end
redis.call('HSET', KEYS[1], 'live', ARGV[1])
redis.call('HDEL', KEYS[1], 'next', 'since')
redis.call('UNLINK', KEYS[5 - side])
return 1
)";

constexpr std::string_view bloom_count_text = R"(#!lua flags=no-writes
local live = tonumber(redis.call('HGET', KEYS[1], 'live') or 0)
local key = KEYS[2 + live % 2]
if live == 0 or redis.call('BITFIELD_RO', key, 'GET', 'u63', 0)[1] ~= live then return -1 end
return redis.call('BITCOUNT', key, 8, -1)
)";

}  // namespace

script<bloom_numbers> const& bloom_check()
{
    static script<bloom_numbers> const sent{"bloom_check", bloom_check_text};
    return sent;
}

script<bloom_numbers> const& bloom_add()
{
    static script<bloom_numbers> const sent{"bloom_add", bloom_add_text};
    return sent;
}

script<bloom_generation> const& bloom_begin()
{
    static script<bloom_generation> const sent{"bloom_begin", bloom_begin_text};
    return sent;
}

script<bloom_generation> const& bloom_erase()
{
    static script<bloom_generation> const sent{"bloom_erase", bloom_erase_text};
    return sent;
}

script<std::int64_t> const& bloom_allocate()
{
    static script<std::int64_t> const sent{"bloom_allocate", bloom_allocate_text};
    return sent;
}

script<std::int64_t> const& bloom_open()
{
    static script<std::int64_t> const sent{"bloom_open", bloom_open_text};
    return sent;
}

script<std::int64_t> const& bloom_finish()
{
    static script<std::int64_t> const sent{"bloom_finish", bloom_finish_text};
    return sent;
}

script<std::int64_t> const& bloom_finish_in_module()
{
    static script<std::int64_t> const sent{"bloom_finish_in_module", bloom_finish_in_module_text};
    return sent;
}

script<std::int64_t> const& bloom_count()
{
    static script<std::int64_t> const sent{"bloom_count", bloom_count_text};
    return sent;
}

}  // namespace redstart::toolkit::toolkit_detail
