// What `redstart serve` was asked to do, read from flags, environment and file, and checked as a whole.

#pragma once

#include "redstart/base/clock.hpp"
#include "redstart/client/options.hpp"
#include "redstart/http/client_address.hpp"
#include "redstart/net/endpoint.hpp"
#include "redstart/toolkit/leaderboards/leaderboard.hpp"

#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace redstart::app {

inline constexpr std::size_t most_threads = 256;

// As it stands on the command line.
struct serve_arguments {
    std::string config;  // a file with the rest; empty: none
    std::string listen = "127.0.0.1:8080";
    std::string redis;  // empty: a Valkey of our own
    std::string data_dir;
    std::size_t threads = 0;  // 0: one per core
    std::string rate_limit = "100/60s";
    std::string limiter = "sliding-window";
    std::string score_policy = "best";
    std::string token_file;
    std::vector<std::string> trusted_proxies;
    std::vector<std::string> allowed_hosts;
    std::string drain = "10s";
    std::string drain_delay = "0s";
};

enum class limiter_kind : std::uint8_t {
    sliding_window,
    fixed_window,
    sliding_counter,
    token_bucket
};

struct rate_limit_rule {
    std::uint32_t limit = 0;  // requests
    boot_clock::duration window{};
    limiter_kind by = limiter_kind::sliding_window;
};

struct serve_options {
    net::endpoint listen;
    std::optional<client_options> redis;
    std::filesystem::path data_dir;
    std::size_t threads = 0;
    std::optional<rate_limit_rule> rate_limit;
    toolkit::score_policy policy = toolkit::score_policy::best;
    std::string token;  // empty: everybody may
    http::trusted_proxies proxies;
    // besides the names of this machine; only counts without a token
    std::vector<std::string> allowed_hosts;
    boot_clock::duration drain{};
    boot_clock::duration drain_delay{};  // not ready any more, but still answering
};

// One line that says which argument is wrong and how it should look.
std::expected<serve_options, std::string> check(serve_arguments const& given);

// Whether only this machine reaches it: a loopback address or a unix socket.
bool is_loopback(net::endpoint const& where);

// "host:port", "[::1]:port", ":port" or "unix:/path".
std::expected<net::endpoint, std::string> parse_listen(std::string_view text);
// "100/60s", with ms, s, m or h; nothing for "off".
std::expected<std::optional<rate_limit_rule>, std::string> parse_rate_limit(std::string_view text);
// "sliding-window" and so on.
std::expected<limiter_kind, std::string> parse_limiter(std::string_view text);
std::expected<boot_clock::duration, std::string> parse_duration(std::string_view text);

}  // namespace redstart::app
