// What no builder of redstart/command makes, each with its reason.
//
// Everything else that a server lists has a builder, and is run by every_command_test. All of it can be sent with raw()
// unless the client refuses it.

#pragma once

#include <array>
#include <string_view>

namespace redstart::integration {

struct untyped_command {
    std::string_view name;
    std::string_view reason;
};

inline constexpr std::string_view container = "only its subcommands do something";
inline constexpr std::string_view help = "text for people at a terminal";
inline constexpr std::string_view state = "the client owns the state of its connections";
inline constexpr std::string_view transaction = "the client sends it for a transaction";
inline constexpr std::string_view subscription = "the client sends it for a subscription";
inline constexpr std::string_view between_servers = "only servers send it to each other";
inline constexpr std::string_view internals = "for those who test the server itself";

// clang-format off: a table
inline constexpr auto untyped_commands = std::to_array<untyped_command>({
    {"ACL", container},
    {"ACL HELP", help},
    {"ASKING", state},
    {"AUTH", state},
    {"BRPOPLPUSH", "deprecated: blmove"},
    {"CLIENT", container},
    {"CLIENT CACHING", state},
    {"CLIENT CAPA", state},
    {"CLIENT HELP", help},
    {"CLIENT NO-EVICT", state},
    {"CLIENT NO-TOUCH", state},
    {"CLIENT REPLY", state},
    {"CLIENT SETINFO", state},
    {"CLIENT SETNAME", state},
    {"CLIENT TRACKING", state},
    {"CLUSTER", container},
    {"CLUSTER HELP", help},
    {"CLUSTER SLAVES", "deprecated: cluster_replicas"},
    {"COMMAND", "command_infos() gives the same"},
    {"COMMAND HELP", help},
    {"CONFIG", container},
    {"CONFIG HELP", help},
    {"DEBUG", internals},
    {"DISCARD", transaction},
    {"EXEC", transaction},
    {"EXPIRE", "in seconds: expire() sends PEXPIRE"},
    {"EXPIREAT", "in seconds: expire_at() sends PEXPIREAT"},
    {"EXPIRETIME", "in seconds: expire_time() sends PEXPIRETIME"},
    {"FUNCTION", container},
    {"FUNCTION HELP", help},
    {"GEORADIUS", "deprecated: geosearch, geosearchstore"},
    {"GEORADIUSBYMEMBER", "deprecated: geosearch, geosearchstore"},
    {"GEORADIUSBYMEMBER_RO", "deprecated: geosearch"},
    {"GEORADIUS_RO", "deprecated: geosearch"},
    {"GETSET", "deprecated: set_and_get"},
    {"HELLO", state},
    {"HMSET", "deprecated: hset"},
    {"LATENCY", container},
    {"LATENCY HELP", help},
    {"MEMORY", container},
    {"MEMORY HELP", help},
    {"MODULE", container},
    {"MODULE HELP", help},
    {"MONITOR", state},
    {"MULTI", transaction},
    {"OBJECT", container},
    {"OBJECT HELP", help},
    {"PFDEBUG", internals},
    {"PFSELFTEST", internals},
    {"PSETEX", "deprecated: set with a ttl"},
    {"PSUBSCRIBE", subscription},
    {"PSYNC", between_servers},
    {"PUBSUB", container},
    {"PUBSUB HELP", help},
    {"PUNSUBSCRIBE", subscription},
    {"QUIT", state},
    {"READONLY", state},
    {"READWRITE", state},
    {"REPLCONF", between_servers},
    {"RESET", state},
    {"RESTORE-ASKING", between_servers},
    {"RPOPLPUSH", "deprecated: lmove"},
    {"SCRIPT", container},
    {"SCRIPT DEBUG", state},
    {"SCRIPT HELP", help},
    {"SELECT", state},
    {"SETEX", "deprecated: set with a ttl"},
    {"SETNX", "deprecated: set with if_absent"},
    {"SHUTDOWN", "it ends all connections of everybody: a signal to the server does that"},
    {"SLAVEOF", "deprecated: replicaof"},
    {"SLOWLOG", container},
    {"SLOWLOG HELP", help},
    {"SSUBSCRIBE", subscription},
    {"SUBSCRIBE", subscription},
    {"SUBSTR", "deprecated: getrange"},
    {"SUNSUBSCRIBE", subscription},
    {"SYNC", between_servers},
    {"TTL", "in seconds: ttl() sends PTTL"},
    {"UNSUBSCRIBE", subscription},
    {"UNWATCH", transaction},
    {"WAIT", "waits for what its own connection wrote, which others share"},
    {"WAITAOF", "waits for what its own connection wrote, which others share"},
    {"WATCH", transaction},
    {"XGROUP", container},
    {"XGROUP HELP", help},
    {"XINFO", container},
    {"XINFO HELP", help},
    {"ZRANGEBYLEX", "deprecated: zrange_by_lex"},
    {"ZRANGEBYSCORE", "deprecated: zrange_by_score"},
    {"ZREVRANGE", "deprecated: zrange with highest_first"},
    {"ZREVRANGEBYLEX", "deprecated: zrange_by_lex with highest_first"},
    {"ZREVRANGEBYSCORE", "deprecated: zrange_by_score with highest_first"},
});
// clang-format on

}  // namespace redstart::integration
