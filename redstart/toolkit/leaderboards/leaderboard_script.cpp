// A board is a sorted set of its players, scored by score. Two more keys belong to some boards:
//
// Dense ranks: the sorted set `distinct` has one member for each score that somebody has, so the rank is a count of the
// better ones. Its members are written with 17 digits by us, since a server may write the same score in another way
// after an update.
//
// Ties by time: a member is a stamp of 16 digits, then the player's id, so that the order of members, by which the
// server sorts equal scores, is that of the stamps. A stamp is the microsecond in which the player reached the score,
// or, where the highest comes first and equal scores are read backwards, 2^53 - 1 less that. The hash `stamps` leads
// from a player to the stamp.
//
// Scores cross the border as text with all their digits: a Lua number in an answer would lose its fraction. A new
// member is added before the old one is removed, since a set that is empty for a moment would lose its time to live.

#include "redstart/toolkit/leaderboards/leaderboard_script.hpp"

#include <string_view>

namespace redstart::toolkit::toolkit_detail {

namespace {

constexpr std::string_view reading = R"(
local board, distinct, stamps = KEYS[1], KEYS[2], KEYS[3]
local highest, ranks, timed = ARGV[1] == 'highest_first', ARGV[2], ARGV[3] == '1'

local function member_of(player)
    if not timed then return player end
    local stamp = redis.call('HGET', stamps, player)
    return stamp and stamp .. player
end
local function position_of(member)
    return redis.call(highest and 'ZREVRANK' or 'ZRANK', board, member)
end
local function rank_of(member, score)
    if ranks == 'ordinal' then return position_of(member) + 1 end
    local counted = ranks == 'dense' and distinct or board
    if highest then return redis.call('ZCOUNT', counted, '(' .. score, '+inf') + 1 end
    return redis.call('ZCOUNT', counted, '-inf', '(' .. score) + 1
end
local function listed(first, last)
    if highest then return redis.call('ZRANGE', board, first, last, 'REV', 'WITHSCORES') end
    return redis.call('ZRANGE', board, first, last, 'WITHSCORES')
end
local function page(members)
    if #members == 0 then return {0, 0, members} end
    return {position_of(members[1]) + 1, rank_of(members[1], members[2]), members}
end
)";

constexpr std::string_view writing = R"(
local function text_of(score) return string.format('%.17g', tonumber(score)) end
local function forget_score(score)
    if ranks == 'dense' and redis.call('ZCOUNT', board, score, score) == 0 then
        redis.call('ZREM', distinct, text_of(score))
    end
end
local function remove(member, score)
    redis.call('ZREM', board, member)
    if timed then redis.call('HDEL', stamps, member:sub(17)) end
    forget_score(score)
end
)";

constexpr std::string_view submit_text = R"(
local policy, integers, most, ttl = ARGV[4], ARGV[5] == '1', tonumber(ARGV[6]), ARGV[7]
local player, given = ARGV[8], ARGV[9]

local function new_member()
    if not timed then return player end
    local clock = redis.call('TIME')
    local now = clock[1] * 1000000 + clock[2]
    local stamp = string.format('%016.0f', highest and 9007199254740991 - now or now)
    redis.call('HSET', stamps, player, stamp)
    return stamp .. player
end

if #KEYS > 1 and redis.call('EXISTS', board) == 0 then
    redis.call('UNLINK', distinct, stamps)  -- what a lost board has left behind
end
local member = member_of(player)
local before = member and redis.call('ZSCORE', board, member)
local after = given
if before and policy == 'sum' then
    local sum = tonumber(before) + tonumber(given)
    if sum - sum ~= 0 then return {1, given, 0, 0} end
    if integers and math.abs(sum) > 9007199254740991 then return {2, given, 0, 0} end
    after = text_of(sum)
elseif before and policy ~= 'last' then
    local greater = tonumber(given) > tonumber(before)
    if greater ~= ((policy == 'best') == highest) then after = before end
end

local changed = not before or tonumber(before) ~= tonumber(after)
if changed then
    local old = before and member
    member = new_member()
    redis.call('ZADD', board, after, member)
    if old and old ~= member then redis.call('ZREM', board, old) end
    if ranks == 'dense' then redis.call('ZADD', distinct, after, text_of(after)) end
    if before then forget_score(before) end
    for _ = 1, 100 do
        if most == 0 or redis.call('ZCARD', board) <= most then break end
        local worst = listed(-1, -1)
        remove(worst[1], worst[2])
    end
end
if ttl ~= '0' and redis.call('PTTL', board) == -1 then
    for _, each in ipairs(KEYS) do redis.call('PEXPIRE', each, ttl) end
end
local kept = redis.call('ZSCORE', board, member)
return {0, kept or after, kept and rank_of(member, kept) or 0, changed and 1 or 0}
)";

constexpr std::string_view remove_text = R"(
local member = member_of(ARGV[4])
local score = member and redis.call('ZSCORE', board, member)
if not score then return 0 end
remove(member, score)
return 1
)";

constexpr std::string_view standing_text = R"(
local member, neighbours = member_of(ARGV[4]), tonumber(ARGV[5])
local score = member and redis.call('ZSCORE', board, member)
if not score then return false end
local at = position_of(member)
return {score, rank_of(member, score), redis.call('ZCARD', board), at + 1,
        page(listed(math.max(0, at - neighbours), at + neighbours))}
)";

constexpr std::string_view page_text = R"(
return page(listed(ARGV[4], ARGV[5]))
)";

constexpr std::string_view page_of_text = R"(
local member, size = member_of(ARGV[4]), tonumber(ARGV[5])
local at = member and position_of(member)
if not at then return page({}) end
local first = at - at % size
return page(listed(first, first + size - 1))
)";

constexpr std::string_view between_text = R"(
local low, high, offset, limit = ARGV[4], ARGV[5], ARGV[6], ARGV[7]
if highest then
    return page(redis.call('ZRANGE', board, high, low, 'BYSCORE', 'REV',
                           'LIMIT', offset, limit, 'WITHSCORES'))
end
return page(redis.call('ZRANGE', board, low, high, 'BYSCORE', 'LIMIT', offset, limit, 'WITHSCORES'))
)";

std::string reader(std::string_view text)
{
    return std::string{"#!lua flags=no-writes"}.append(reading).append(text);
}

std::string writer(std::string_view text)
{
    return std::string{reading}.append(writing).append(text);
}

}  // namespace

script<submit_reply> const& submit_script()
{
    static script<submit_reply> const sent{"board_submit", writer(submit_text)};
    return sent;
}

script<bool> const& remove_script()
{
    static script<bool> const sent{"board_remove", writer(remove_text)};
    return sent;
}

script<std::optional<standing_reply>> const& standing_script()
{
    static script<std::optional<standing_reply>> const sent{"board_standing",
                                                            reader(standing_text)};
    return sent;
}

script<page_reply> const& page_script()
{
    static script<page_reply> const sent{"board_page", reader(page_text)};
    return sent;
}

script<page_reply> const& page_of_script()
{
    static script<page_reply> const sent{"board_page_of", reader(page_of_text)};
    return sent;
}

script<page_reply> const& between_script()
{
    static script<page_reply> const sent{"board_between", reader(between_text)};
    return sent;
}

}  // namespace redstart::toolkit::toolkit_detail
