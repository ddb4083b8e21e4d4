#include "app/serve_options.hpp"

#include "redstart/codec/number.hpp"
#include "redstart/codec/text.hpp"
#include "redstart/http/ip_address.hpp"

#include <spdlog/spdlog.h>

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <numeric>
#include <stdexcept>
#include <utility>

namespace redstart::app {

namespace {

template <class T>
using or_error = std::expected<T, std::string>;

std::unexpected<std::string> wrong(std::string_view what, std::string_view text,
                                   std::string_view expected)
{
    return std::unexpected{std::string{what} + " \"" + std::string{text} + "\" is not " +
                           std::string{expected}};
}

constexpr std::size_t longest_token = 4096;
constexpr std::size_t shortest_token = 16;

// It is the operator's choice: secrets that are mounted into a container are often readable by all of it.
void warn_if_others_can_read(std::string const& path)
{
    struct stat found{};
    if (::stat(path.c_str(), &found) == 0 && (found.st_mode & (S_IRGRP | S_IROTH)) != 0)
        spdlog::warn("others can read the token file \"{}\"; forbid that (chmod go-r)", path);
}

or_error<std::string> read_token(std::string const& path)
{
    std::ifstream file{path, std::ios::binary};
    if (!file)
        return std::unexpected{"cannot read the token file \"" + path + "\""};
    std::string token(longest_token + 1, '\0');
    file.read(token.data(), static_cast<std::streamsize>(token.size()));
    token.resize(static_cast<std::size_t>(file.gcount()));
    while (!token.empty() && (token.back() == '\n' || token.back() == '\r' || token.back() == ' '))
        token.pop_back();
    bool const plain = std::ranges::all_of(token, [](char c) { return c > ' ' && c < 0x7f; });
    if (token.size() < shortest_token || token.size() > longest_token || !plain)
        return std::unexpected{"the token file \"" + path + "\" must hold one token of " +
                               std::to_string(shortest_token) + " to " +
                               std::to_string(longest_token) + " visible ASCII characters"};
    warn_if_others_can_read(path);
    return token;
}

or_error<void> check_access(serve_options const& options)
{
    if (!options.token.empty() || is_loopback(options.listen))
        return {};
    return std::unexpected{"--listen " + net::to_string(options.listen) +
                           " can be reached from other machines: give --token-file FILE, or "
                           "listen on 127.0.0.1"};
}

or_error<void> read_redis(serve_arguments const& given, serve_options& options)
{
    if (given.redis.empty())
        return {};
    if (!given.data_dir.empty())
        return std::unexpected{
            "--data-dir is for the server of our own: not together with --redis"};
    auto parsed = parse_redis_url(given.redis);
    if (!parsed)
        return std::unexpected{"--redis: " + parsed.error()};
    options.redis = *std::move(parsed);
    return {};
}

or_error<http::trusted_proxies> read_proxies(std::vector<std::string> const& networks)
{
    try {
        return http::trusted_proxies{networks};
    } catch (std::invalid_argument const& wrong_network) {
        return std::unexpected{std::string{"--trusted-proxies: "} + wrong_network.what()};
    }
}

// A token bucket counts exactly, or not at all: see token_bucket_options::burst.
bool is_countable(rate_limit_rule const& rule)
{
    constexpr std::int64_t most = std::int64_t{1} << 51;
    auto const window = std::chrono::duration_cast<std::chrono::microseconds>(rule.window).count();
    return rule.by != limiter_kind::token_bucket ||
           rule.limit <= most / (window / std::gcd(window, std::int64_t{rule.limit}));
}

or_error<void> read_limit(serve_arguments const& given, serve_options& options)
{
    auto const rule = parse_rate_limit(given.rate_limit);
    if (!rule)
        return std::unexpected{rule.error()};
    auto const kind = parse_limiter(given.limiter);
    if (!kind)
        return std::unexpected{kind.error()};
    options.rate_limit = *rule;
    if (options.rate_limit)
        options.rate_limit->by = *kind;
    if (options.rate_limit && !is_countable(*options.rate_limit))
        return wrong("--rate-limit", given.rate_limit,
                     "what a token bucket can count: take a rounder number, or a shorter time");
    return {};
}

or_error<void> read_drain(serve_arguments const& given, serve_options& options)
{
    auto const drain = parse_duration(given.drain);
    if (!drain)
        return std::unexpected{"--drain: " + drain.error()};
    options.drain = *drain;
    auto const delay = parse_duration(given.drain_delay);
    if (!delay)
        return std::unexpected{"--drain-delay: " + delay.error()};
    options.drain_delay = *delay;
    return {};
}

}  // namespace

bool is_loopback(net::endpoint const& where)
{
    return where.is_unix() || where.host == "localhost" || where.host == "::1" ||
           where.host.starts_with("127.");
}

or_error<boot_clock::duration> parse_duration(std::string_view text)
{
    auto const unit_at = text.find_first_not_of("0123456789");
    auto const unit = unit_at == std::string_view::npos ? std::string_view{} : text.substr(unit_at);
    std::int64_t count = 0;
    bool const counted =
        codec::read_number(text.substr(0, unit_at), count) && count <= 31'536'000'000;
    if (counted && unit == "ms")
        return std::chrono::milliseconds{count};
    if (counted && unit == "s" && count <= 31'536'000)
        return std::chrono::seconds{count};
    if (counted && unit == "m" && count <= 525'600)
        return std::chrono::minutes{count};
    if (counted && unit == "h" && count <= 8'760)
        return std::chrono::hours{count};
    return wrong("the duration", text, "a number with ms, s, m or h, and at most a year");
}

or_error<std::optional<rate_limit_rule>> parse_rate_limit(std::string_view text)
{
    if (text == "off")
        return std::nullopt;
    // The sliding window remembers each admitted request as long; one bound for all is simpler.
    constexpr std::uint32_t most = 10'000;
    auto const slash = text.find('/');
    rate_limit_rule rule;
    bool const counted = slash != std::string_view::npos &&
                         codec::read_number(text.substr(0, slash), rule.limit) && rule.limit >= 1 &&
                         rule.limit <= most;
    if (!counted)
        return wrong("--rate-limit", text, "like 100/60s, of 1 to 10000, or off");
    auto const window = parse_duration(text.substr(slash + 1));
    if (!window || window->count() <= 0)
        return wrong("--rate-limit", text, "like 100/60s, with ms, s, m or h, or off");
    rule.window = *window;
    return rule;
}

or_error<limiter_kind> parse_limiter(std::string_view text)
{
    using enum limiter_kind;
    static constexpr std::array<std::pair<std::string_view, limiter_kind>, 4> all{
        {{"sliding-window", sliding_window},
         {"fixed-window", fixed_window},
         {"sliding-counter", sliding_counter},
         {"token-bucket", token_bucket}}};
    for (auto const& [name, kind] : all)
        if (name == text)
            return kind;
    return wrong("--limiter", text,
                 "sliding-window, fixed-window, sliding-counter or token-bucket");
}

or_error<net::endpoint> parse_listen(std::string_view text)
{
    constexpr std::string_view unix_prefix = "unix:";
    if (text.starts_with(unix_prefix) && text.size() > unix_prefix.size())
        return net::endpoint{.host = {}, .port = 0, .unix_path = std::string{text.substr(5)}};
    auto const expected = "host:port, [IPv6]:port or unix:/path";
    auto const colon = text.rfind(':');
    net::endpoint where;
    if (colon == std::string_view::npos || !codec::read_number(text.substr(colon + 1), where.port))
        return wrong("--listen", text, expected);
    auto host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']'))
        host = host.substr(1, host.size() - 2);
    else if (host.find(':') != std::string_view::npos)
        return wrong("--listen", text, expected);
    where.host = host.empty() ? "0.0.0.0" : host == "localhost" ? "127.0.0.1" : std::string{host};
    if (!http::ip_address::parse(where.host))
        return wrong("--listen", text, "an address of this machine (names are not looked up)");
    return where;
}

or_error<serve_options> check(serve_arguments const& given)
{
    serve_options options;
    auto const listen = parse_listen(given.listen);
    if (!listen)
        return std::unexpected{listen.error()};
    options.listen = *listen;
    if (auto const read = read_redis(given, options); !read)
        return std::unexpected{read.error()};
    options.data_dir = given.data_dir;
    options.threads = given.threads;
    if (auto const read = read_limit(given, options); !read)
        return std::unexpected{read.error()};
    if (!codec::text_codec<toolkit::score_policy>::read(given.score_policy, options.policy))
        return wrong("--score-policy", given.score_policy, "best, worst, last or sum");
    if (!given.token_file.empty()) {
        auto token = read_token(given.token_file);
        if (!token)
            return std::unexpected{token.error()};
        options.token = *std::move(token);
    }
    auto proxies = read_proxies(given.trusted_proxies);
    if (!proxies)
        return std::unexpected{proxies.error()};
    options.proxies = *std::move(proxies);
    options.allowed_hosts = given.allowed_hosts;
    if (auto const read = read_drain(given, options); !read)
        return std::unexpected{read.error()};
    if (auto const safe = check_access(options); !safe)
        return std::unexpected{safe.error()};
    return options;
}

}  // namespace redstart::app
