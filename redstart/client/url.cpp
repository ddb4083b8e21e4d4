// A URL in two steps: what stands before the query says where and who, each option of the query sets one field.

#include "redstart/client/options.hpp"
#include "redstart/codec/number.hpp"

#include <boost/url.hpp>

#include <algorithm>
#include <array>
#include <concepts>
#include <cstdint>
#include <limits>
#include <vector>

namespace redstart {

namespace urls = boost::urls;

namespace {

using or_error = std::expected<void, std::string>;

constexpr std::array<std::string_view, 5> schemes{"redis", "rediss", "valkey", "valkeys", "unix"};
constexpr std::uint64_t most_ms = 86'400'000;
constexpr std::uint64_t most_database = 65'535;

// The errors of these follow the name of what they are about.
or_error set_number(std::integral auto& into, std::string_view text, std::uint64_t least,
                    std::uint64_t most)
{
    std::uint64_t value = 0;
    if (!codec::read_number(text, value) || value < least || value > most)
        return std::unexpected{"must be a number from " + std::to_string(least) + " to " +
                               std::to_string(most) + ", not \"" + std::string{text} + "\""};
    into = static_cast<std::remove_cvref_t<decltype(into)>>(value);
    return {};
}

or_error set_duration(boot_clock::duration& into, std::string_view text, std::uint64_t least)
{
    std::uint64_t ms = 0;
    auto const set = set_number(ms, text, least, most_ms);
    if (set)
        into = std::chrono::milliseconds{ms};
    return set;
}

or_error set_text(std::string& into, std::string_view text)
{
    if (text.empty())
        return std::unexpected{"must not be empty"};
    into = text;
    return {};
}

or_error set_protocol(client_options& to, std::string_view text)
{
    unsigned version = 0;
    auto const set = set_number(version, text, 2, 3);
    to.login.resp3 = version != 2;
    return set;
}

or_error set_flag(bool& into, std::string_view text)
{
    if (text != "true" && text != "false")
        return std::unexpected{"must be true or false"};
    into = text == "true";
    return {};
}

// The same for a field of the options, or a field of such a field.
template <std::uint64_t Least, std::uint64_t Most, auto... Field>
or_error number(client_options& to, std::string_view text)
{
    return set_number((to.*....*Field), text, Least, Most);
}

template <std::uint64_t Least, auto... Field>
or_error milliseconds(client_options& to, std::string_view text)
{
    return set_duration((to.*....*Field), text, Least);
}

template <auto... Field>
or_error text(client_options& to, std::string_view text)
{
    return set_text((to.*....*Field), text);
}

template <auto... Field>
or_error flag(client_options& to, std::string_view text)
{
    return set_flag((to.*....*Field), text);
}

struct url_option {
    std::string_view name;
    or_error (*set)(client_options& to, std::string_view text);
};

using all = client_options;
using engine::flight_limits;
using net::stream_options;
using net::tls_options;

constexpr auto most_count = std::numeric_limits<std::uint32_t>::max();
constexpr auto most_bytes = std::uint64_t{1} << 40;

constexpr std::array url_options{
    url_option{"db", number<0, most_database, &all::login, &engine::handshake_options::database>},
    url_option{"protocol", set_protocol},
    url_option{"client_name", text<&all::login, &engine::handshake_options::client_name>},
    url_option{"names_library", flag<&all::login, &engine::handshake_options::names_library>},
    url_option{"lanes", number<1, 64, &all::lanes>},
    url_option{"timeouts_before_probe", number<0, most_count, &all::timeouts_before_probe>},
    url_option{"command_timeout_ms", milliseconds<0, &all::command_timeout>},
    url_option{"dial_timeout_ms", milliseconds<1, &all::dial_timeout>},
    url_option{"subscription_check_ms", milliseconds<1, &all::subscription_check>},
    url_option{"reconnect_first_ms", milliseconds<1, &all::reconnect, &backoff_options::first>},
    url_option{"reconnect_limit_ms", milliseconds<1, &all::reconnect, &backoff_options::limit>},
    url_option{"keepalive_idle_ms", milliseconds<0, &all::socket, &stream_options::keepalive_idle>},
    url_option{"user_timeout_ms", milliseconds<0, &all::socket, &stream_options::user_timeout>},
    url_option{"max_in_flight", number<1, most_count, &all::in_flight, &flight_limits::commands>},
    url_option{"max_in_flight_bytes",
               number<1, most_bytes, &all::in_flight, &flight_limits::bytes>},
    url_option{"max_waiting", number<0, most_count, &all::in_flight, &flight_limits::waiting>},
    url_option{"max_reply_bytes", number<1, most_bytes, &all::replies, &wire::limits::bytes>},
    url_option{"retry_attempts", number<0, 100, &all::retry, &retry_options::attempts>},
    url_option{"circuit_breaker_failures",
               number<0, most_count, &all::circuit_breaker, &circuit_breaker_options::failures>},
    url_option{"circuit_breaker_open_ms",
               milliseconds<1, &all::circuit_breaker, &circuit_breaker_options::open_for>},
    url_option{"tls_ca_file", text<&all::tls, &tls_options::ca_file>},
    url_option{"tls_ca_directory", text<&all::tls, &tls_options::ca_directory>},
    url_option{"tls_certificate_file", text<&all::tls, &tls_options::certificate_file>},
    url_option{"tls_private_key_file", text<&all::tls, &tls_options::private_key_file>},
    url_option{"tls_server_name", text<&all::tls, &tls_options::server_name>},
    url_option{"tls_insecure_accept_any_certificate",
               flag<&all::tls, &tls_options::insecure_accept_any_certificate>},
};

or_error about(std::string_view name, or_error const& set)
{
    return set ? set : std::unexpected{std::string{name} + " " + set.error()};
}

or_error set_option(client_options& options, std::string_view name, std::string_view value)
{
    auto const* const found = std::ranges::find(url_options, name, &url_option::name);
    if (found == url_options.end())
        return std::unexpected{"unknown option \"" + std::string{name} + "\""};
    if (name.starts_with("tls_") && !options.tls.enabled)
        return std::unexpected{std::string{name} + " is for rediss://"};
    return about(name, found->set(options, value));
}

// An @ behind the host means that a password was not encoded, and that an error would quote the rest of it.
bool may_hold_a_password(urls::url_view url)
{
    if (url.scheme() == "unix")
        return false;
    return std::string_view{url.encoded_path()}.contains('@') ||
           std::string_view{url.encoded_query()}.contains('@') ||
           std::string_view{url.encoded_fragment()}.contains('@');
}

or_error set_unix_path(client_options& options, urls::url_view url)
{
    auto const path = url.path();
    if (path.empty() || url.host() != "")
        return std::unexpected{"a unix socket is written unix:///path/to.sock"};
    options.server = {.host = {}, .port = 0, .unix_path = path};
    return {};
}

or_error set_place(client_options& options, urls::url_view url)
{
    if (url.scheme() == "unix")
        return set_unix_path(options, url);
    options.tls.enabled = url.scheme() == "rediss" || url.scheme() == "valkeys";
    if (url.host().empty())
        return std::unexpected{"the host is missing"};
    options.server.host =
        url.host_type() == urls::host_type::ipv6 ? url.host_ipv6_address().to_string() : url.host();
    options.server.port = url.has_port() ? url.port_number() : default_port;
    if (options.server.port == 0)
        return std::unexpected{"the port must be a number from 1 to 65535"};
    auto const path = url.path();
    if (path.size() <= 1)
        return {};
    return about("the database",
                 set_number(options.login.database, path.substr(1), 0, most_database));
}

or_error set_login(client_options& options, urls::url_view url)
{
    if (!url.has_userinfo())
        return {};
    if (!url.has_password() && !url.user().empty())
        return std::unexpected{"a user needs a password: redis://user:password@host"};
    if (!url.user().empty() || !url.password().empty())
        options.credentials = static_credentials(url.user(), url.password());
    return {};
}

or_error set_options(client_options& options, urls::url_view url)
{
    std::vector<std::string> said;
    if (url.scheme() != "unix" && url.path().size() > 1)
        said.emplace_back("db");  // as the path
    for (auto const& parameter : url.params()) {
        if (std::ranges::find(said, parameter.key) != said.end())
            return std::unexpected{parameter.key + " is said twice"};
        said.push_back(parameter.key);
        if (auto const set = set_option(options, parameter.key, parameter.value); !set)
            return set;
    }
    return {};
}

}  // namespace

std::expected<client_options, std::string> parse_redis_url(std::string_view text)
{
    auto const parsed = urls::parse_uri(text);
    if (!parsed)
        return std::unexpected{
            "not a URL; expected redis://host:port, rediss://host:port or unix:///path, and %40 "
            "for an @ in a password"};
    auto const& url = *parsed;
    if (std::ranges::find(schemes, std::string_view{url.scheme()}) == schemes.end())
        return std::unexpected{"the scheme must be redis, rediss, valkey, valkeys or unix, not \"" +
                               std::string{url.scheme()} + "\""};
    if (may_hold_a_password(url))
        return std::unexpected{
            "an @ behind the host: in a user or password, write / as %2F, ? as %3F, "
            "# as %23 and @ as %40"};
    client_options options;
    for (auto* const step : {set_place, set_login, set_options})
        if (auto const set = step(options, url); !set)
            return std::unexpected{set.error()};
    return options;
}

std::string describe(client_options const& options)
{
    auto const database = std::to_string(options.login.database);
    if (options.server.is_unix())
        return "unix://" + options.server.unix_path + (database == "0" ? "" : "?db=" + database);
    return (options.tls.enabled ? "rediss://" : "redis://") + net::to_string(options.server) + "/" +
           database;
}

}  // namespace redstart
