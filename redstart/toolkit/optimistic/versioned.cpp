#include "redstart/toolkit/optimistic/versioned.hpp"

#include "redstart/command/keys.hpp"

namespace redstart::toolkit::toolkit_detail {

std::string_view versioned_set_text() noexcept
{
    return R"(
local how, expected, ttl = ARGV[1], ARGV[2], ARGV[4]
local held = redis.call('HMGET', KEYS[1], 'value', 'version')
local value, version = held[1], held[2]
if not (value and version) then value, version = false, false end
local fits = how == 'any' or how == 'absent' and not value
    or how == 'version' and version == expected or how == 'value' and value == expected
if not fits then return {0, version or 0, value} end

-- Text, since a Lua number of this size would be written with an exponent.
local clock = redis.call('TIME')
local new = math.max(clock[1] * 1000000 + clock[2], (tonumber(version) or 0) + 1)
local text = string.format('%.0f', new)
redis.call('HSET', KEYS[1], 'value', ARGV[3], 'version', text)
if ttl ~= '0' and redis.call('PTTL', KEYS[1]) == -1 then redis.call('PEXPIRE', KEYS[1], ttl) end
return {1, text, false}
)";
}

std::string_view versioned_erase_text() noexcept
{
    return R"(
local held = redis.call('HMGET', KEYS[1], 'value', 'version')
if not (held[1] and held[2]) then return {0, 0, false} end
if held[2] ~= ARGV[1] then return {0, held[2], held[1]} end
redis.call('UNLINK', KEYS[1])
return {1, 0, false}
)";
}

versioned_options checked(versioned_options options, std::source_location const& where)
{
    check_ttl(options.ttl, where);
    if (options.attempts == 0 || options.attempts > 1000)
        throw invalid_argument("a change is tried 1 to 1000 times", where);
    return options;
}

task<versioned_report> read_report(client& db, key<hash<>> at)
{
    key<hash<std::string, std::int64_t>> const numbers{text_of(at)};
    auto const [version, has_value, bytes, left] = co_await db.exec(
        hget(numbers, "version"), hexists(at, "value"), hstrlen(at, "value"), ttl(at));
    if (!version || !has_value)
        co_return versioned_report{};
    versioned_report told{.exists = true, .version = *version, .bytes = bytes};
    if (left.left)
        told.ttl_ms = left.left->count();
    co_return told;
}

failure every_attempt_failed(std::source_location where)
{
    return failure{{.code = failure_code::conflict,
                    .outcome = outcome::refused,
                    .command = {},
                    .reason = "the entry was changed by others in every attempt",
                    .server_text = {}},
                   where};
}

}  // namespace redstart::toolkit::toolkit_detail
