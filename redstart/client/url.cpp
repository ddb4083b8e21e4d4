#include "redstart/client/options.hpp"
#include "redstart/codec/number.hpp"

#include <boost/url.hpp>

#include <cstdint>

namespace redstart {

namespace urls = boost::urls;

namespace {

using outcome_of_part = std::expected<void, std::string>;

template <class Number>
std::expected<Number, std::string> number_of(std::string_view what, std::string_view text,
                                             Number most)
{
    Number value{};
    if (!codec::read_number(text, value) || value > most)
        return std::unexpected{std::string{what} + " must be a number of at most " +
                               std::to_string(most) + ", not \"" + std::string{text} + "\""};
    return value;
}

outcome_of_part set_database(client_options& options, std::string_view text)
{
    auto const number = number_of<unsigned>("the database", text, 65'535);
    if (!number)
        return std::unexpected{number.error()};
    options.login.database = *number;
    return {};
}

outcome_of_part set_duration(boot_clock::duration& into, std::string_view name,
                             std::string_view text)
{
    auto const number = number_of<std::uint64_t>(name, text, 86'400'000);
    if (!number)
        return std::unexpected{number.error()};
    into = std::chrono::milliseconds{*number};
    return {};
}

outcome_of_part set_option(client_options& options, std::string_view name, std::string_view value)
{
    if (name == "db")
        return set_database(options, value);
    if (name == "client_name")
        return options.login.client_name = value, outcome_of_part{};
    if (name == "command_timeout_ms")
        return set_duration(options.command_timeout, name, value);
    if (name == "dial_timeout_ms" && value == "0")
        return std::unexpected{"dial_timeout_ms must be at least 1"};
    if (name == "dial_timeout_ms")
        return set_duration(options.dial_timeout, name, value);
    if (name == "lanes") {
        auto const lanes = number_of<std::size_t>(name, value, 64);
        if (!lanes || *lanes == 0)
            return std::unexpected{"lanes must be a number from 1 to 64"};
        options.lanes = *lanes;
        return {};
    }
    if (name == "protocol" && (value == "2" || value == "3"))
        return options.login.resp3 = value == "3", outcome_of_part{};
    if (name == "protocol")
        return std::unexpected{"protocol must be 2 or 3"};
    return std::unexpected{"unknown option \"" + std::string{name} + "\""};
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

outcome_of_part set_place(client_options& options, urls::url_view url)
{
    auto const path = url.path();
    if (url.scheme() == "unix") {
        if (path.empty() || url.host() != "")
            return std::unexpected{"a unix socket is written unix:///path/to.sock"};
        options.server = {.host = {}, .port = 0, .unix_path = path};
        return {};
    }
    if (url.host().empty())
        return std::unexpected{"the host is missing"};
    options.server.host =
        url.host_type() == urls::host_type::ipv6 ? url.host_ipv6_address().to_string() : url.host();
    options.server.port = url.has_port() ? url.port_number() : default_port;
    if (options.server.port == 0)
        return std::unexpected{"the port must be a number from 1 to 65535"};
    if (path.size() > 1)
        return set_database(options, std::string_view{path}.substr(1));
    return {};
}

}  // namespace

std::expected<client_options, std::string> parse_redis_url(std::string_view text)
{
    auto const parsed = urls::parse_uri(text);
    if (!parsed)
        return std::unexpected{"not a URL; expected redis://host:port or unix:///path"};
    auto const& url = *parsed;
    if (url.scheme() == "rediss")
        return std::unexpected{"TLS (rediss://) is not supported yet"};
    if (url.scheme() != "redis" && url.scheme() != "unix")
        return std::unexpected{"the scheme must be redis or unix, not \"" +
                               std::string{url.scheme()} + "\""};
    if (may_hold_a_password(url))
        return std::unexpected{
            "an @ behind the host: in a user or password, write / as %2F, ? as %3F, "
            "# as %23 and @ as %40"};
    client_options options;
    if (auto const set = set_place(options, url); !set)
        return std::unexpected{set.error()};
    if (url.has_userinfo()) {
        options.login.user = url.user();
        options.login.password = url.password();
        if (!url.has_password() && !options.login.user.empty())
            return std::unexpected{"a user needs a password: redis://user:password@host"};
    }
    for (auto const& parameter : url.params())
        if (auto const set = set_option(options, parameter.key, parameter.value); !set)
            return std::unexpected{set.error()};
    return options;
}

std::string describe(client_options const& options)
{
    if (options.server.is_unix())
        return "unix://" + options.server.unix_path;
    return "redis://" + net::to_string(options.server) + "/" +
           std::to_string(options.login.database);
}

}  // namespace redstart
