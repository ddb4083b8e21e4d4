// Whom a TLS connection trusts, and what it says when it does not.

#include "redstart/net/probe_test.hpp"
#include "redstart/net/stream.hpp"
#include "redstart/task/race.hpp"
#include "redstart/testing/certificates.hpp"
#include "redstart/testing/plain_peer.hpp"
#include "redstart/testing/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <future>

namespace redstart::net_test {
namespace {

using namespace std::chrono_literals;
using net::endpoint;
using testing::certificate;

class trust : public ::testing::Test {
protected:
    // Dials a server that shows `shown`, and says what became of it: nothing, or the reason.
    std::string dial(certificate const& shown, net::tls_options const& tls)
    {
        auto serving = std::async(std::launch::async, [&] {
            auto peer = testing::accept_peer(listening);
            try {
                peer.begin_tls(shown);
                return peer.receive_rest() == "hello";
            } catch (std::exception const&) {
                return false;
            }
        });
        auto const why = loops.run(attempt(loops.at(0), at, tls));
        EXPECT_EQ(serving.get(), why.empty());
        auto const place = net::to_string(at) + ": ";
        return why.starts_with(place) ? why.substr(place.size()) : why;
    }
    static task<std::string> attempt(loop& home, endpoint to, net::tls_options tls)
    {
        try {
            auto open = co_await net::connect(home, std::move(to), {}, std::move(tls));
            open.write_some("hello");
            open.close();
        } catch (failure const& why) {
            EXPECT_EQ(why.code(), failure_code::connect_failed);
            EXPECT_EQ(why.outcome(), outcome::not_sent);
            co_return why.reason();
        }
        co_return "";
    }
    net::tls_options trusting() const { return {.enabled = true, .ca_file = authority.file()}; }
    std::string file(std::string const& name, std::string_view content) const
    {
        auto path = (folder.path() / name).native();
        std::ofstream{path} << content;
        return path;
    }

    testing::temporary_folder folder;
    testing::certificate_authority const authority{folder.path(), "authority"};
    endpoint at{.host = "127.0.0.1", .port = 0, .unix_path = {}};
    testing::descriptor listening = testing::listen_at(at);
    runtime loops{{.loops = 1}};
};

TEST_F(trust, is_given_to_a_certificate_of_a_trusted_authority_for_that_host)
{
    auto const server = authority.issue("server");
    EXPECT_EQ(dial(server, trusting()), "");
    at.host = "localhost";
    EXPECT_EQ(dial(server, trusting()), "");
}

TEST_F(trust, is_refused_to_another_authority)
{
    testing::certificate_authority const other{folder.path(), "other"};
    EXPECT_EQ(dial(other.issue("server"), trusting()),
              "TLS: the server's certificate is not accepted: unable to get local issuer "
              "certificate");
    auto system = trusting();
    system.ca_file.clear();
    EXPECT_EQ(dial(authority.issue("server"), system),
              "TLS: the server's certificate is not accepted: unable to get local issuer "
              "certificate");
}

TEST_F(trust, is_refused_to_another_host)
{
    auto const elsewhere = authority.issue("server", {.names = {"DNS:example.org"}});
    EXPECT_EQ(dial(elsewhere, trusting()),
              "TLS: the server's certificate is not accepted: IP address mismatch (expected "
              "127.0.0.1)");
    auto named = trusting();
    named.server_name = "example.com";
    EXPECT_EQ(dial(elsewhere, named),
              "TLS: the server's certificate is not accepted: hostname mismatch (expected "
              "example.com)");
    named.server_name = "example.org";
    EXPECT_EQ(dial(elsewhere, named), "");
}

TEST_F(trust, is_refused_to_a_certificate_that_has_expired)
{
    EXPECT_EQ(dial(authority.issue("server", {.expired = true}), trusting()),
              "TLS: the server's certificate is not accepted: certificate has expired");
}

TEST_F(trust, is_given_to_anybody_only_when_that_is_asked_for)
{
    testing::certificate_authority const other{folder.path(), "other"};
    auto const wrong = other.issue("server", {.names = {"DNS:example.org"}, .expired = true});
    EXPECT_EQ(dial(wrong, {.enabled = true, .insecure_accept_any_certificate = true}), "");
}

TEST_F(trust, follows_the_files_from_dial_to_dial)
{
    auto const server = authority.issue("server");
    EXPECT_EQ(dial(server, trusting()), "");
    testing::certificate_authority const next{folder.path(), "next"};
    std::filesystem::rename(next.file(), authority.file());
    EXPECT_NE(dial(server, trusting()), "");
    EXPECT_EQ(dial(next.issue("server"), trusting()), "");
}

TEST_F(trust, says_which_file_cannot_be_used_without_showing_it)
{
    auto const own = authority.issue("own");
    auto const other = authority.issue("other");
    auto const garbage = file("garbage", "-----BEGIN secret-----\n");
    auto const none = (folder.path() / "none").native();
    auto const attempt_with = [&](net::tls_options tls) {
        tls.enabled = true;
        return loops.run(attempt(loops.at(0), at, std::move(tls)));
    };
    auto const place = net::to_string(at) + ": TLS: ";
    EXPECT_EQ(attempt_with({.ca_file = none}),
              place + "cannot use the CA file " + none + ": No such file or directory");
    EXPECT_TRUE(attempt_with({.ca_file = garbage})
                    .starts_with(place + "cannot use the CA file " + garbage + ": "));
    EXPECT_EQ(attempt_with({.certificate_file = none, .private_key_file = own.private_key_file}),
              place + "cannot use the certificate file " + none + ": No such file or directory");
    EXPECT_EQ(attempt_with({.certificate_file = own.certificate_file, .private_key_file = none}),
              place + "cannot use the private key file " + none + ": No such file or directory");
    EXPECT_EQ(attempt_with({.certificate_file = own.certificate_file,
                            .private_key_file = other.private_key_file}),
              place + "cannot use the private key file " + other.private_key_file +
                  ": key values mismatch");
    EXPECT_EQ(attempt_with({.certificate_file = own.certificate_file}),
              place + "a certificate needs its private key, and the other way round");
    auto const bad_key =
        attempt_with({.certificate_file = own.certificate_file, .private_key_file = garbage});
    EXPECT_TRUE(bad_key.starts_with(place + "cannot use the private key file")) << bad_key;
    EXPECT_EQ(bad_key.find("secret"), std::string::npos);
}

TEST_F(trust, does_not_reach_over_unix_sockets)
{
    auto const why = loops.run(
        attempt(loops.at(0), {.host = {}, .port = 0, .unix_path = "/tmp/any"}, {.enabled = true}));
    EXPECT_EQ(why, "unix:/tmp/any: TLS is for TCP; a unix socket does not leave the machine");
}

TEST_F(trust, says_that_the_other_side_speaks_no_tls)
{
    auto serving = std::async(std::launch::async, [&] {
        auto peer = testing::accept_peer(listening);
        peer.send("-ERR what is that\r\n");
        return peer;
    });
    EXPECT_EQ(loops.run(attempt(loops.at(0), at, {.enabled = true})),
              net::to_string(at) + ": TLS: wrong version number (the server does not seem to speak "
                                   "TLS on this port)");
    serving.get().close();
    serving = std::async(std::launch::async, [&] {
        auto peer = testing::accept_peer(listening);
        peer.receive(1);
        peer.shut_down_sending();
        return peer;
    });
    EXPECT_EQ(loops.run(attempt(loops.at(0), at, {.enabled = true})),
              net::to_string(at) + ": during the TLS handshake: End of file");
}

// Somebody accepts and then says nothing.
TEST_F(trust, is_not_waited_for_beyond_the_deadline)
{
    auto const late = [](loop& home, endpoint to) -> task<> {
        co_await within(30ms, net::connect(home, std::move(to), {}, {.enabled = true}));
    };
    auto const why = loops.run(failure_of(late(loops.at(0), at)));
    EXPECT_EQ(why.code(), failure_code::timed_out);
    EXPECT_EQ(why.outcome(), outcome::not_sent);
}

TEST_F(trust, is_not_waited_for_when_nobody_wants_it_any_more)
{
    auto const first = [](loop& home, endpoint to) -> task<std::size_t> {
        auto const dialling = [](loop& there, endpoint where) -> task<> {
            auto const why =
                co_await failure_of(net::connect(there, std::move(where), {}, {.enabled = true}));
            EXPECT_EQ(why.code(), failure_code::cancelled);
        };
        auto const ended = co_await race(dialling(home, std::move(to)), a_few_turns());
        co_return ended.index();
    };
    EXPECT_EQ(loops.run(first(loops.at(0), at)), 1u);
}

}  // namespace
}  // namespace redstart::net_test
