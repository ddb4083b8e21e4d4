#include "redstart/http/client_address.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

namespace redstart::http {
namespace {

TEST(IpAddress, IsReadAndWrittenInOneForm)
{
    for (auto const& [text, normal] :
         std::vector<std::pair<std::string, std::string>>{{"192.0.2.1", "192.0.2.1"},
                                                          {"2001:DB8::1", "2001:db8::1"},
                                                          {"2001:db8:0:0:0:0:0:1", "2001:db8::1"},
                                                          {"::ffff:192.0.2.1", "192.0.2.1"},
                                                          {"::", "::"}}) {
        auto const address = ip_address::parse(text);
        ASSERT_TRUE(address) << text;
        EXPECT_EQ(address->to_string(), normal);
    }
    for (auto const* const bad : {"", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.4 ", "::1%eth0",
                                  "[::1]", "localhost", "01.2.3.4", "2001:db8::1::2",
                                  "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc"})
        EXPECT_FALSE(ip_address::parse(bad)) << bad;
}

TEST(IpAddress, IsReadAsProxiesWriteIt)
{
    EXPECT_EQ(ip_address::parse_with_port("192.0.2.1:80")->to_string(), "192.0.2.1");
    EXPECT_EQ(ip_address::parse_with_port("[2001:db8::1]:80")->to_string(), "2001:db8::1");
    EXPECT_EQ(ip_address::parse_with_port("[2001:db8::1]")->to_string(), "2001:db8::1");
    EXPECT_EQ(ip_address::parse_with_port("2001:db8::1")->to_string(), "2001:db8::1");
    for (auto const* const bad : {"192.0.2.1:", "192.0.2.1:x", "192.0.2.1:99999", "[::1", "[::1]80",
                                  "[::1]:", "[1.2.3.4]", "unknown", "_hidden", ""})
        EXPECT_FALSE(ip_address::parse_with_port(bad)) << bad;
}

TEST(IpNetwork, HoldsItsAddresses)
{
    auto const network = ip_network::parse("10.16.0.0/12");
    ASSERT_TRUE(network);
    EXPECT_TRUE(network->contains(*ip_address::parse("10.31.255.255")));
    EXPECT_TRUE(network->contains(*ip_address::parse("::ffff:10.16.0.1")));
    EXPECT_FALSE(network->contains(*ip_address::parse("10.32.0.0")));
    EXPECT_FALSE(ip_network::parse("::/0")->contains(*ip_address::parse("10.0.0.1")));
    EXPECT_TRUE(ip_network::parse("0.0.0.0/0")->contains(*ip_address::parse("203.0.113.9")));
    EXPECT_TRUE(
        ip_network::parse("2001:db8::/32")->contains(*ip_address::parse("2001:db8:ffff::1")));
    EXPECT_TRUE(ip_network::parse("192.0.2.1")->contains(*ip_address::parse("192.0.2.1")));
    EXPECT_FALSE(ip_network::parse("192.0.2.1")->contains(*ip_address::parse("192.0.2.2")));
    for (auto const* const bad :
         {"10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "x/8", "::/129", ""})
        EXPECT_FALSE(ip_network::parse(bad)) << bad;
}

TEST(RateLimitKey, CountsACustomerOnce)
{
    EXPECT_EQ(rate_limit_key("192.0.2.1"), "192.0.2.1");
    EXPECT_EQ(rate_limit_key("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
    EXPECT_EQ(rate_limit_key("2001:db8:1:2:ffff::"), "2001:db8:1:2::/64");
    EXPECT_EQ(rate_limit_key("::ffff:192.0.2.1"), "192.0.2.1");
    EXPECT_EQ(rate_limit_key(""), "");
}

struct forwarding_case {
    std::string_view peer;
    std::vector<header> fields;
    std::string_view client;
};

TEST(TrustedProxies, NameTheFirstWhoIsNotTrusted)
{
    trusted_proxies const proxies{{"10.0.0.0/8", "2001:db8::/32"}};
    std::vector<forwarding_case> const cases{
        // The peer is no proxy of ours: whatever it says is its own invention.
        {"203.0.113.9", {{"X-Forwarded-For", "10.0.0.1"}}, "203.0.113.9"},
        {"10.0.0.1", {}, "10.0.0.1"},
        {"10.0.0.1", {{"X-Forwarded-For", "203.0.113.9"}}, "203.0.113.9"},
        // The client wrote the left part itself.
        {"10.0.0.1", {{"X-Forwarded-For", "8.8.8.8, 203.0.113.9, 10.0.0.2"}}, "203.0.113.9"},
        // Several lines are one list, in their order.
        {"10.0.0.1",
         {{"X-Forwarded-For", "8.8.8.8"}, {"x-forwarded-for", "203.0.113.9, 10.0.0.2"}},
         "203.0.113.9"},
        {"10.0.0.1",
         {{"X-Forwarded-For", "203.0.113.9"}, {"X-Forwarded-For", "10.0.0.2"}},
         "203.0.113.9"},
        // All are trusted: the leftmost.
        {"10.0.0.1", {{"X-Forwarded-For", "10.0.0.3, 10.0.0.2"}}, "10.0.0.3"},
        // At something malformed the last good one counts, never anything further left.
        {"10.0.0.1", {{"X-Forwarded-For", "8.8.8.8, unknown, 10.0.0.2"}}, "10.0.0.2"},
        {"10.0.0.1", {{"X-Forwarded-For", "8.8.8.8, "}}, "10.0.0.1"},
        {"10.0.0.1", {{"X-Forwarded-For", ""}}, "10.0.0.1"},
        // A quote is a byte like any other here.
        {"10.0.0.1", {{"X-Forwarded-For", "\", 203.0.113.9"}}, "203.0.113.9"},
        {"10.0.0.1", {{"X-Forwarded-For", "\"8.8.8.8, 203.0.113.9, 10.0.0.2"}}, "203.0.113.9"},
        // Ports, brackets, IPv6, IPv4 in IPv6.
        {"2001:db8::7",
         {{"X-Forwarded-For", "[2001:4860::1]:99, [2001:db8::9]:1"}},
         "2001:4860::1"},
        {"::ffff:10.0.0.1", {{"X-Forwarded-For", "203.0.113.9:1234"}}, "203.0.113.9"},
        // The other field is not read.
        {"10.0.0.1", {{"Forwarded", "for=8.8.8.8"}, {"X-Real-IP", "8.8.4.4"}}, "10.0.0.1"},
        {"", {{"X-Forwarded-For", "8.8.8.8"}}, ""},
    };
    for (auto const& each : cases) {
        request_headers headers;
        for (auto const& field : each.fields)
            headers.add(field.name, field.value);
        EXPECT_EQ(proxies.client_of(each.peer, headers), each.client)
            << each.peer << " " << (each.fields.empty() ? "" : each.fields.front().value);
    }
}

TEST(TrustedProxies, ReadForwarded)
{
    trusted_proxies const proxies{{"10.0.0.0/8", "unix"}, forwarded_by::forwarded};
    auto const client = [&](std::string_view peer, std::string_view value) {
        request_headers headers;
        headers.add("Forwarded", value);
        headers.add("X-Forwarded-For", "8.8.8.8");
        return proxies.client_of(peer, headers);
    };
    EXPECT_EQ(client("10.0.0.1", "for=203.0.113.9;proto=http;by=10.0.0.1"), "203.0.113.9");
    EXPECT_EQ(client("10.0.0.1", "By=x; FOR=\"[2001:4860::1]:99\", for=10.0.0.2"), "2001:4860::1");
    EXPECT_EQ(client("10.0.0.1", "for=8.8.8.8, for=\"_x,y\\\",for=9.9.9.9\", for=10.0.0.2"),
              "10.0.0.2");
    EXPECT_EQ(client("10.0.0.1", "for=8.8.8.8, proto=http"), "10.0.0.1");
    EXPECT_EQ(client("10.0.0.1", "for=8.8.8.8, for=unknown"), "10.0.0.1");
    EXPECT_EQ(client("", "for=203.0.113.9"), "203.0.113.9") << "over a unix socket that is trusted";
    EXPECT_EQ(client("203.0.113.1", "for=8.8.8.8"), "203.0.113.1");
}

// Whatever a client sends, and however the proxy writes what it adds, the client is whom the proxy names.
TEST(TrustedProxies, FindWhatTheyWroteBehindAnythingThatAClientSends)
{
    trusted_proxies const proxies{{"10.0.0.0/8"}, forwarded_by::forwarded};
    for (std::string const sent :
         {"", "\"", "for=\"", "for=\"8.8.8.8", "for=\"8.8.8.8\\", "\\", "\"\"\"", "for=\"a, b\\\"",
          "for=8.8.8.8;host=\"", "for=\"x\", for=\"", ",,;;\",", "for=8.8.8.8"})
        for (std::string const added :
             {"for=203.0.113.9", "for=\"203.0.113.9:80\"", "by=\"_a,b\";for=203.0.113.9;proto=http",
              "for=\"203.0.113.9\";host=\"a\\\"b\\\\\"", "host=\"x;for=8.8.8.8;y\";for=203.0.113.9",
              "for=203.0.113.9;host=\"x;for=8.8.8.8;y\"", "for=203.0.113.9, for=10.0.0.2",
              "for=203.0.113.9, for=\"10.0.0.2:1\";by=\"_,\""}) {
            SCOPED_TRACE(sent + " | " + added);
            auto const joined = sent + ", " + added;
            request_headers one;
            one.add("Forwarded", joined);
            EXPECT_EQ(proxies.client_of("10.0.0.1", one), "203.0.113.9");
            request_headers two;
            two.add("Forwarded", sent);
            two.add("forwarded", added);
            EXPECT_EQ(proxies.client_of("10.0.0.1", two), "203.0.113.9");
        }
}

TEST(TrustedProxies, AreNobodyUnlessNamed)
{
    trusted_proxies const nobody;
    request_headers headers;
    headers.add("X-Forwarded-For", "8.8.8.8");
    EXPECT_EQ(nobody.client_of("127.0.0.1", headers), "127.0.0.1");
    EXPECT_EQ(nobody.client_of("", headers), "");
    EXPECT_THROW(trusted_proxies({"10.0.0.1/8"}), std::invalid_argument);
    EXPECT_THROW(trusted_proxies({"localhost"}), std::invalid_argument);
}

}  // namespace
}  // namespace redstart::http
