// TLS with real servers: who is trusted, who is let in, and new files at the next dial. That commands work as ever is
// what the contract shows.

#include "tests/integration/harness.hpp"

#include <filesystem>

namespace redstart::integration {
namespace {

class encrypted : public ::testing::TestWithParam<std::string> {
protected:
    testing::server_options serving(testing::server_tls tls) const
    {
        return {.program = GetParam(), .tls = std::move(tls)};
    }
    client_options options_to(server_fixture const& server) const
    {
        auto options = integration::options_to(server, {.tls = true});
        options.tls.ca_file = authority.file();
        return options;
    }
    // What the first dial failed of; empty if it did not.
    static std::string dial(client_options options)
    {
        connected one{std::move(options)};
        try {
            one.loops.run(one.db.connect());
        } catch (failure const& why) {
            return why.reason();
        }
        return "";
    }

    testing::temporary_folder folder;
    testing::certificate_authority authority{folder.path(), "authority"};
};
INSTANTIATE_TEST_SUITE_P(servers, encrypted, ::testing::Values("valkey-server", "redis-server"),
                         [](auto const& which) {
                             return which.param.substr(0, which.param.find('-'));
                         });

TEST_P(encrypted, a_server_is_trusted_only_with_the_right_certificate)
{
    server_fixture const server{serving({authority.issue("server"), authority.file()})};
    auto const right = options_to(server);
    EXPECT_EQ(dial(right), "");
    auto elsewhere = right;
    elsewhere.tls.server_name = "example.org";
    EXPECT_NE(dial(elsewhere).find("hostname mismatch"), std::string::npos) << dial(elsewhere);
    auto stranger = right;
    testing::certificate_authority const other{folder.path(), "other"};
    stranger.tls.ca_file = other.file();
    EXPECT_NE(dial(stranger).find("not accepted"), std::string::npos) << dial(stranger);
    stranger.tls.insecure_accept_any_certificate = true;
    EXPECT_EQ(dial(stranger), "");
}

TEST_P(encrypted, a_server_with_an_expired_certificate_is_refused)
{
    server_fixture const server{
        serving({authority.issue("server", {.expired = true}), authority.file()})};
    EXPECT_NE(dial(options_to(server)).find("certificate has expired"), std::string::npos);
}

TEST_P(encrypted, a_client_shows_who_it_is)
{
    server_fixture const server{serving({authority.issue("server"), authority.file(), true})};
    auto known = options_to(server);
    EXPECT_NE(dial(known), "") << "it shows nothing";
    auto const own = authority.issue("client");
    known.tls.certificate_file = own.certificate_file;
    known.tls.private_key_file = own.private_key_file;
    EXPECT_EQ(dial(known), "");
    testing::certificate_authority const other{folder.path(), "other"};
    auto const unknown = other.issue("stranger");
    known.tls.certificate_file = unknown.certificate_file;
    known.tls.private_key_file = unknown.private_key_file;
    EXPECT_NE(dial(known), "");
}

// The same client, before and after: only the files change.
TEST_P(encrypted, new_files_serve_the_next_connection)
{
    auto const files = authority.issue("server");
    server_fixture server{serving({files, authority.file(), true})};
    auto const own = authority.issue("client");
    auto options = options_to(server);
    options.tls.certificate_file = own.certificate_file;
    options.tls.private_key_file = own.private_key_file;
    connected with{options};
    EXPECT_EQ(with.exec(ping()), "PONG");

    testing::certificate_authority const next{folder.path(), "next"};
    next.issue("server");
    next.issue("client");
    std::filesystem::rename(next.file(), authority.file());
    server.restart();
    EXPECT_TRUE(with.run([&]() -> task<bool> {
        while (true)  // a command may fail with the old connection
            if (co_await with.db.try_exec(ping()))
                co_return true;
    }));
}

TEST_P(encrypted, large_values_go_both_ways_while_both_sides_are_full)
{
    server_fixture const server{serving({authority.issue("server"), authority.file()})};
    connected with{options_to(server)};
    std::string value;
    while (value.size() < 3'000'000)
        value += std::to_string(value.size()) + ' ';
    with.run([&]() -> task<> {
        std::vector<task<bool>> stored;
        for (int i = 0; i < 8; ++i)
            stored.push_back(exec_in(with.db, set("k" + std::to_string(i), value)));
        co_await when_all(std::move(stored));
        std::vector<task<std::optional<std::string>>> read;
        std::vector<task<bool>> stored_meanwhile;
        for (int i = 0; i < 8; ++i) {
            read.push_back(exec_in(with.db, get("k" + std::to_string(i))));
            stored_meanwhile.push_back(exec_in(with.db, set("other", value)));
        }
        auto const [values, done] =
            co_await when_all(when_all(std::move(read)), when_all(std::move(stored_meanwhile)));
        for (auto const& each : values)
            EXPECT_TRUE(each == value);
    });
}

TEST_P(encrypted, a_url_is_all_that_it_takes)
{
    server_fixture const server{serving({authority.issue("server"), authority.file()})};
    auto options = parse_redis_url("rediss://" + net::to_string(server.tls()) +
                                   "?tls_ca_file=" + authority.file());
    ASSERT_TRUE(options) << options.error();
    EXPECT_EQ(connected{*options}.exec(ping()), "PONG");
}

}  // namespace
}  // namespace redstart::integration
