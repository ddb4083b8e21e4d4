// The table, in the order of command_id, which is that of the alphabet. Arity and key positions are the server's own
// (COMMAND INFO); idempotency is ours: ZADD and DEL leave the same state twice, but answer differently.

#include "redstart/command/info.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

namespace redstart {

namespace {

constexpr auto read = static_cast<std::uint8_t>(command_flag::read);
constexpr auto write = static_cast<std::uint8_t>(command_flag::write);
constexpr auto idempotent = static_cast<std::uint8_t>(command_flag::idempotent);
constexpr auto blocking = static_cast<std::uint8_t>(command_flag::blocking);
constexpr auto state = static_cast<std::uint8_t>(command_flag::connection_state);
constexpr auto steps = static_cast<std::uint8_t>(command_flag::several_steps);

constexpr std::array<command_info, static_cast<std::size_t>(command_id::count_of_them)> table{{
    {"", -1, write | steps, 0, 0, 0},  // unknown
    {"ASKING", 1, state, 0, 0, 0},
    {"AUTH", -2, state, 0, 0, 0},
    {"BLMOVE", 6, write | blocking, 1, 2, 1},
    {"BLMPOP", -5, write | blocking, 0, 0, 0},
    {"BLPOP", -3, write | blocking, 1, -2, 1},
    {"BRPOP", -3, write | blocking, 1, -2, 1},
    {"BRPOPLPUSH", 4, write | blocking, 1, 2, 1},
    {"BZMPOP", -5, write | blocking, 0, 0, 0},
    {"BZPOPMAX", -3, write | blocking, 1, -2, 1},
    {"BZPOPMIN", -3, write | blocking, 1, -2, 1},
    {"CLIENT", -2, state, 0, 0, 0},
    {"CLIENT INFO", 2, read, 0, 0, 0},
    {"CLIENT LIST", -2, read, 0, 0, 0},
    {"CLIENT NO-EVICT", 3, state, 0, 0, 0},
    {"CLIENT REPLY", 3, state, 0, 0, 0},
    {"CLIENT SETINFO", 4, state, 0, 0, 0},
    {"CLIENT SETNAME", 3, state, 0, 0, 0},
    {"CLIENT TRACKING", -3, state, 0, 0, 0},
    {"CONFIG GET", -3, read | idempotent, 0, 0, 0},
    {"CONFIG SET", -4, write | idempotent, 0, 0, 0},
    {"DBSIZE", 1, read | idempotent, 0, 0, 0},
    {"DEL", -2, write, 1, -1, 1},
    {"DISCARD", 1, state, 0, 0, 0},
    {"ECHO", 2, read | idempotent, 0, 0, 0},
    {"EVAL", -3, write | steps, 0, 0, 0},
    {"EVALSHA", -3, write | steps, 0, 0, 0},
    {"EVALSHA_RO", -3, read | idempotent, 0, 0, 0},
    {"EVAL_RO", -3, read | idempotent, 0, 0, 0},
    {"EXEC", 1, state, 0, 0, 0},
    {"EXISTS", -2, read | idempotent, 1, -1, 1},
    {"EXPIRE", -3, write | idempotent, 1, 1, 1},
    {"FCALL", -3, write | steps, 0, 0, 0},
    {"FLUSHALL", -1, write | idempotent, 0, 0, 0},
    {"FLUSHDB", -1, write | idempotent, 0, 0, 0},
    {"GET", 2, read | idempotent, 1, 1, 1},
    {"GETDEL", 2, write, 1, 1, 1},
    {"GETEX", -2, write | idempotent, 1, 1, 1},
    {"HELLO", -1, state, 0, 0, 0},
    {"INCR", 2, write, 1, 1, 1},
    {"INCRBY", 3, write, 1, 1, 1},
    {"INFO", -1, read | idempotent, 0, 0, 0},
    {"MGET", -2, read | idempotent, 1, -1, 1},
    {"MONITOR", 1, state, 0, 0, 0},
    {"MSET", -3, write | idempotent, 1, -1, 2},
    {"MULTI", 1, state, 0, 0, 0},
    {"OBJECT ENCODING", 3, read | idempotent, 2, 2, 1},
    {"PERSIST", 2, write, 1, 1, 1},
    {"PEXPIRE", -3, write | idempotent, 1, 1, 1},
    {"PING", -1, read | idempotent, 0, 0, 0},
    {"PSUBSCRIBE", -2, state, 0, 0, 0},
    {"PSYNC", -3, state, 0, 0, 0},
    {"PTTL", 2, read | idempotent, 1, 1, 1},
    {"PUNSUBSCRIBE", -1, state, 0, 0, 0},
    {"QUIT", -1, state, 0, 0, 0},
    {"READONLY", 1, state, 0, 0, 0},
    {"READWRITE", 1, state, 0, 0, 0},
    {"REPLCONF", -1, state, 0, 0, 0},
    {"RESET", 1, state, 0, 0, 0},
    {"SCRIPT DEBUG", 3, state, 0, 0, 0},
    {"SCRIPT EXISTS", -3, read | idempotent, 0, 0, 0},
    {"SCRIPT FLUSH", -2, write | idempotent, 0, 0, 0},
    {"SCRIPT LOAD", 3, read | idempotent, 0, 0, 0},
    {"SELECT", 2, state, 0, 0, 0},
    {"SET", -3, write | idempotent, 1, 1, 1},
    {"SHUTDOWN", -1, state, 0, 0, 0},
    {"SSUBSCRIBE", -2, state, 1, -1, 1},
    {"SUBSCRIBE", -2, state, 0, 0, 0},
    {"SUNSUBSCRIBE", -1, state, 1, -1, 1},
    {"SYNC", 1, state, 0, 0, 0},
    {"TIME", 1, read, 0, 0, 0},
    {"TTL", 2, read | idempotent, 1, 1, 1},
    {"TYPE", 2, read | idempotent, 1, 1, 1},
    {"UNLINK", -2, write, 1, -1, 1},
    {"UNSUBSCRIBE", -1, state, 0, 0, 0},
    {"UNWATCH", 1, state, 0, 0, 0},
    {"WAIT", 3, state | blocking, 0, 0, 0},
    {"WAITAOF", 4, state | blocking, 0, 0, 0},
    {"WATCH", -2, state, 1, -1, 1},
    {"XREAD", -4, read | blocking, 0, 0, 0},
    {"XREADGROUP", -7, write | blocking, 0, 0, 0},
    {"ZADD", -4, write, 1, 1, 1},
    {"ZCARD", 2, read | idempotent, 1, 1, 1},
    {"ZRANGE", -4, read | idempotent, 1, 1, 1},
    {"ZRANK", -3, read | idempotent, 1, 1, 1},
    {"ZREM", -3, write, 1, 1, 1},
    {"ZREVRANK", -3, read | idempotent, 1, 1, 1},
    {"ZSCORE", 3, read | idempotent, 1, 1, 1},
}};

template <std::size_t... Index>
consteval auto encode_names(std::index_sequence<Index...>)
{
    return std::array{wire::encoded_name{Index == 0 ? "UNKNOWN" : table[Index].name.data()}...};
}

constexpr auto encoded_names = encode_names(std::make_index_sequence<table.size()>{});

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

bool same_name(std::string_view a, std::string_view b)
{
    return std::ranges::equal(a, b, {}, upper, upper);
}

}  // namespace

command_info const& info_of(command_id id) noexcept { return table[static_cast<std::size_t>(id)]; }

wire::encoded_name const& encoded_name_of(command_id id) noexcept
{
    assert(id != command_id::unknown);
    return encoded_names[static_cast<std::size_t>(id)];
}

command_id find_command(std::string_view name) noexcept
{
    auto const found = std::ranges::find_if(
        table, [name](command_info const& each) { return same_name(each.name, name); });
    if (found != table.end() && !name.empty())
        return static_cast<command_id>(found - table.begin());
    // A subcommand that is not listed is as dangerous as its command.
    auto const blank = name.find(' ');
    return blank == std::string_view::npos ? command_id::unknown
                                           : find_command(name.substr(0, blank));
}

}  // namespace redstart
