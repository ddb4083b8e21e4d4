// How a client reaches its server, and what it allows itself.

#pragma once

#include "redstart/base/backoff.hpp"
#include "redstart/client/circuit_breaker.hpp"
#include "redstart/client/credentials.hpp"
#include "redstart/client/observer.hpp"
#include "redstart/client/retry.hpp"
#include "redstart/engine/handshake.hpp"
#include "redstart/engine/multiplexer.hpp"
#include "redstart/net/stream.hpp"

#include <expected>
#include <string>
#include <string_view>

namespace redstart {

inline constexpr std::uint16_t default_port = 6379;

// Connections of their own for what cannot share one: commands that wait at the server, and transactions that watch
// keys. Each loop has a pool, opened as needed; the bounds are per loop. See session_pool.
struct pool_options {
    std::size_t min_idle = 0;   // kept ready from the first use on
    std::size_t max = 64;       // connections, those being made included
    std::size_t max_dials = 4;  // at a time
    // callers without a connection; more are refused, with `overloaded`
    std::size_t max_waiting = 1024;

    // A connection older than this is not used again; 0: of any age. Up to `lifetime_jitter`, and at most half of it,
    // is taken off, by chance, so that those which were opened together do not end together.
    boot_clock::duration max_lifetime = std::chrono::hours{1};
    boot_clock::duration lifetime_jitter = std::chrono::minutes{6};
    // unused for so long, it is closed; 0: never
    boot_clock::duration idle_timeout = std::chrono::minutes{10};
};

// Transactions that watch keys, when somebody else changed one first.
struct transaction_options {
    unsigned attempts = 16;  // all in all, at least one
    backoff_options pause{.first = std::chrono::milliseconds{1},
                          .limit = std::chrono::milliseconds{100}};
};

struct client_options {
    net::endpoint server{.host = "127.0.0.1", .port = default_port, .unix_path = {}};
    std::shared_ptr<credentials_provider> credentials;  // null: nobody logs in
    engine::handshake_options login;                    // client name, database, protocol

    // A command fails with timed_out after this, or at the ambient deadline if that is sooner. It covers waiting for a
    // connection. Zero: only the ambient deadline.
    boot_clock::duration command_timeout = std::chrono::seconds{3};
    // resolve, connect and handshake; but a name server that is silent is waited for as long as the system does that
    boot_clock::duration dial_timeout = std::chrono::seconds{5};
    backoff_options reconnect;  // pauses between failed dials

    retry_options retry;                      // what is sent a second time, and when
    circuit_breaker_options circuit_breaker;  // off, unless it is asked for

    std::size_t lanes = 1;            // connections per loop
    engine::flight_limits in_flight;  // per lane
    wire::limits replies;             // what a server may send
    net::stream_options socket;
    net::tls_options tls;  // for TCP

    pool_options pool;                 // of connections that are not shared
    transaction_options transactions;  // how often a conflict is tried again

    // So many calls in a row that timed out without a byte from the server, and a lane tries a new connection. 0:
    // never.
    unsigned timeouts_before_probe = 3;

    // A connection of subscriptions on which nothing came for so long is asked whether it still lives, and replaced if
    // it does not say so within twice as long again and a new one does. Without subscriptions it is closed. Not zero.
    boot_clock::duration subscription_check = std::chrono::seconds{10};

    std::shared_ptr<client_observer> observer;  // told of dials and calls; null: nobody is
};

// redis://[[user]:password@]host[:port][/database], rediss:// for TLS (valkey:// and valkeys:// are the same), or
// unix:///path/to.sock; percent-encoded where needed. Options in the query, each at most once:
//
//   db, protocol (2 or 3), client_name, names_library, lanes, timeouts_before_probe
//   command_timeout_ms, dial_timeout_ms, reconnect_first_ms, reconnect_limit_ms, keepalive_idle_ms, user_timeout_ms
//   max_in_flight, max_in_flight_bytes, max_waiting, max_reply_bytes, subscription_check_ms
//   retry_attempts, circuit_breaker_failures, circuit_breaker_open_ms
//   tls_ca_file, tls_ca_directory, tls_certificate_file, tls_private_key_file, tls_server_name,
//   tls_insecure_accept_any_certificate=true
//
// What is not said stays as in client_options. The error says what is wrong without repeating a password.
std::expected<client_options, std::string> parse_redis_url(std::string_view url);

// The URL without login and options, for logs.
std::string describe(client_options const& options);

}  // namespace redstart
