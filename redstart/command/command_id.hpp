// The name of every command that Valkey 8 and Redis 7 know, and those of newer servers that have a builder, in the
// order of the alphabet. What is known of each stands in command_table.hpp, in the same order.

#pragma once

#include <cstdint>

namespace redstart {

// clang-format off: one to a line would fill ten screens
enum class command_id : std::uint16_t {
    unknown, acl_cat, acl_deluser, acl_dryrun, acl_genpass, acl_getuser, acl_list, acl_load,
    acl_log, acl_save, acl_setuser, acl_users, acl_whoami, append, asking, auth, bgrewriteaof,
    bgsave, bitcount, bitfield, bitfield_ro, bitop, bitpos, blmove, blmpop, blpop, brpop,
    brpoplpush, bzmpop, bzpopmax, bzpopmin, client, client_caching, client_capa,
    client_getname, client_getredir, client_id, client_info, client_kill, client_list,
    client_no_evict, client_no_touch, client_pause, client_reply, client_setinfo,
    client_setname, client_tracking, client_trackinginfo, client_unblock, client_unpause,
    cluster_addslots, cluster_addslotsrange, cluster_bumpepoch, cluster_count_failure_reports,
    cluster_countkeysinslot, cluster_delslots, cluster_delslotsrange, cluster_failover,
    cluster_flushslots, cluster_forget, cluster_getkeysinslot, cluster_info, cluster_keyslot,
    cluster_links, cluster_meet, cluster_myid, cluster_myshardid, cluster_nodes,
    cluster_replicas, cluster_replicate, cluster_reset, cluster_saveconfig,
    cluster_set_config_epoch, cluster_setslot, cluster_shards, cluster_slaves,
    cluster_slot_stats, cluster_slots, command, command_count, command_docs, command_getkeys,
    command_getkeysandflags, command_info, command_list, config_get, config_resetstat,
    config_rewrite, config_set, copy, dbsize, debug, decr, decrby, del, discard, dump, echo,
    eval, evalsha, evalsha_ro, eval_ro, exec, exists, expire, expireat, expiretime, failover,
    fcall, fcall_ro, flushall, flushdb, function_delete, function_dump, function_flush,
    function_kill, function_list, function_load, function_restore, function_stats, geoadd,
    geodist, geohash, geopos, georadius, georadiusbymember, georadiusbymember_ro, georadius_ro,
    geosearch, geosearchstore, get, getbit, getdel, getex, getrange, getset, hdel, hello,
    hexists, hexpire, hexpireat, hexpiretime, hget, hgetall, hgetdel, hgetex, hincrby,
    hincrbyfloat, hkeys, hlen, hmget, hmset, hpersist, hpexpire, hpexpireat, hpexpiretime,
    hpttl, hrandfield, hscan, hset, hsetex, hsetnx, hstrlen, httl, hvals, incr, incrby,
    incrbyfloat, info, keys, lastsave, latency_doctor, latency_graph, latency_histogram,
    latency_history, latency_latest, latency_reset, lcs, lindex, linsert, llen, lmove, lmpop,
    lolwut, lpop, lpos, lpush, lpushx, lrange, lrem, lset, ltrim, memory_doctor,
    memory_malloc_stats, memory_purge, memory_stats, memory_usage, mget, migrate, module_list,
    module_load, module_loadex, module_unload, monitor, move, mset, msetnx, multi,
    object_encoding, object_freq, object_idletime, object_refcount, persist, pexpire,
    pexpireat, pexpiretime, pfadd, pfcount, pfdebug, pfmerge, pfselftest, ping, psetex,
    psubscribe, psync, pttl, publish, pubsub_channels, pubsub_numpat, pubsub_numsub,
    pubsub_shardchannels, pubsub_shardnumsub, punsubscribe, quit, randomkey, readonly,
    readwrite, rename, renamenx, replconf, replicaof, reset, restore, restore_asking, role,
    rpop, rpoplpush, rpush, rpushx, sadd, save, scan, scard, script_debug, script_exists,
    script_flush, script_kill, script_load, script_show, sdiff, sdiffstore, select, set,
    setbit, setex, setnx, setrange, shutdown, sinter, sintercard, sinterstore, sismember,
    slaveof, slowlog_get, slowlog_len, slowlog_reset, smembers, smismember, smove, sort,
    sort_ro, spop, spublish, srandmember, srem, sscan, ssubscribe, strlen, subscribe, substr,
    sunion, sunionstore, sunsubscribe, swapdb, sync, time, touch, ttl, type, unlink,
    unsubscribe, unwatch, wait, waitaof, watch, xack, xadd, xautoclaim, xclaim, xdel,
    xgroup_create, xgroup_createconsumer, xgroup_delconsumer, xgroup_destroy, xgroup_setid,
    xinfo_consumers, xinfo_groups, xinfo_stream, xlen, xpending, xrange, xread, xreadgroup,
    xrevrange, xsetid, xtrim, zadd, zcard, zcount, zdiff, zdiffstore, zincrby, zinter,
    zintercard, zinterstore, zlexcount, zmpop, zmscore, zpopmax, zpopmin, zrandmember, zrange,
    zrangebylex, zrangebyscore, zrangestore, zrank, zrem, zremrangebylex, zremrangebyrank,
    zremrangebyscore, zrevrange, zrevrangebylex, zrevrangebyscore, zrevrank, zscan, zscore,
    zunion, zunionstore, count_of_them
};
// clang-format on

}  // namespace redstart
