// Connections that are cut at every byte of a short exchange, and exactly what follows from it.

#include "tests/faults/harness.hpp"

namespace redstart::faults {
namespace {

struct cut_kind {
    direction which;
    fault_proxy::ending how;
    bool resp3;
};

std::string cut_name(::testing::TestParamInfo<cut_kind> const& info)
{
    return std::string{info.param.which == direction::to_server ? "requests" : "replies"} +
           (info.param.how == fault_proxy::ending::reset ? "_reset" : "_closed") +
           (info.param.resp3 ? "_resp3" : "_resp2");
}

class a_cut : public ::testing::TestWithParam<cut_kind> {
protected:
    client_options options() const
    {
        auto chosen = options_to(proxy.endpoint());
        chosen.login.resp3 = GetParam().resp3;
        chosen.login.client_name = "cut";
        return chosen;
    }

    // HELLO tells the number of the client. All have four digits here, so that every handshake is
    // equally long.
    a_cut()
    {
        for (int i = 0; i < 1000; ++i)
            server.connect();
    }

    server_fixture server;
    fault_proxy proxy{server.unix_socket()};
};

constexpr auto closed = fault_proxy::ending::close;
constexpr auto reset = fault_proxy::ending::reset;
INSTANTIATE_TEST_SUITE_P(everywhere, a_cut,
                         ::testing::Values(cut_kind{direction::to_server, closed, true},
                                           cut_kind{direction::to_server, reset, false},
                                           cut_kind{direction::to_client, closed, false},
                                           cut_kind{direction::to_client, reset, true}),
                         cut_name);

// Within the handshake, nothing of the user has left: the command goes with the next connection and
// succeeds. Behind it, a byte may have left: the caller must be told, and nothing is sent again.
TEST_P(a_cut, in_the_handshake_is_not_noticed_and_in_a_command_is_told)
{
    auto const to_server = GetParam().which == direction::to_server;
    std::uint64_t handshake = 0;
    std::uint64_t all = 0;
    {
        connected whole{options()};
        whole.loops.run(whole.db.connect());
        handshake = proxy.forwarded(GetParam().which);
        whole.exec(incr(counter("1000")));
        all = proxy.forwarded(GetParam().which);
    }
    for (std::uint64_t at = 0; at <= all; ++at) {
        auto const name = std::to_string(1000 + at);  // all of one length
        server.connect().ask({"DEL", counter(name).text()});
        proxy.cut_after(GetParam().which, at, GetParam().how);
        connected with{options()};
        book mine;
        with.loops.run(count_once(with.db, name, mine));
        auto const value = value_at(server, name);
        if (at < handshake || at == all) {
            ASSERT_EQ(mine.acknowledged, 1) << "cut after " << at << " of " << handshake;
            ASSERT_EQ(value, 1);
        } else {
            ASSERT_EQ(mine.maybe_applied, 1) << "cut after " << at << " of " << all;
            ASSERT_EQ(value, to_server ? 0 : 1) << "and which it was nobody could know";
        }
        proxy.heal();
        with.loops.run(count_once(with.db, name, mine));
        expect_true(mine, value_at(server, name));
    }
}

// Three callers, of whom the cut may hit none, some or all.
TEST_P(a_cut, among_several_commands_tells_each_the_truth)
{
    std::uint64_t all = 0;
    {
        connected whole{options()};
        whole.loops.run(whole.db.connect());
        auto const before = proxy.forwarded(GetParam().which);
        whole.run([&]() -> task<> {
            co_await whole.db.exec(incr("x"), raw<std::string>("ECHO", "some text"), incr("x"));
        });
        all = proxy.forwarded(GetParam().which) - before;
    }
    for (std::uint64_t at = 0; at < all; ++at) {
        connected with{options()};
        with.loops.run(with.db.connect());
        proxy.cut_after(GetParam().which, at, GetParam().how);
        std::array<book, 3> books;
        for (auto const* const name : {"a", "c"})
            server.connect().ask({"DEL", counter(name).text()});
        with.run([&]() -> task<> {
            co_await when_all(count_once(with.db, "a", books[0]),
                              echo_once(with.db, "some text", books[1]),
                              count_once(with.db, "c", books[2]));
            co_await echo_once(with.db, "afterwards", books[1]);
        });
        expect_true(books[0], value_at(server, "a"));
        expect_true(books[2], value_at(server, "c"));
        ASSERT_EQ(books[1].ended(), 2);
        ASSERT_GE(books[0].acknowledged, books[2].acknowledged) << "answers come in order";
        proxy.heal();
    }
}

// A byte too many among the replies: nobody can be given what is not his, and the connection is replaced.
TEST(corrupted_replies, are_noticed_wherever_the_corruption_is)
{
    auto& server = integration::shared_server({});
    fault_proxy proxy{server.unix_socket()};
    std::string const unique = "an answer of its own";
    auto const reply_size = ("$21\r\n" + unique + "0\r\n").size();
    for (std::uint64_t at = 0; at < 2 * reply_size; ++at) {
        auto options = options_to(proxy.endpoint());
        options.retry.attempts = 0;  // a second attempt would hide what became of the first
        connected with{options};
        with.loops.run(with.db.connect());
        auto const before = proxy.accepted();
        proxy.corrupt_after(at);
        with.run([&]() -> task<> {
            std::vector<task<>> all;
            std::vector<book> books(2);
            for (auto& mine : books)
                all.push_back(echo_once(with.db, unique + std::to_string(all.size()), mine));
            co_await when_all(std::move(all));
            // Just before the last byte it ends the first reply in its place.
            EXPECT_EQ(books[0].acknowledged, at < reply_size - 1 ? 0 : 1) << at;
            EXPECT_EQ(books[0].acknowledged + books[0].maybe_applied, 1) << at;
            EXPECT_EQ(books[1].acknowledged, at < 2 * reply_size - 1 ? 0 : 1) << at;
            EXPECT_EQ(books[1].acknowledged + books[1].maybe_applied, 1) << at;
            EXPECT_EQ(co_await with.db.exec(ping()), "PONG");
        });
        EXPECT_EQ(proxy.accepted(), before + 1);
        EXPECT_FALSE(proxy.is_about_to_corrupt());
    }
}

TEST(half_writes, change_nothing)
{
    auto& server = integration::shared_server({});
    server.connect().ask({"FLUSHALL"});
    for (auto const piece : {std::size_t{1}, std::size_t{7}}) {
        fault_proxy proxy{server.unix_socket()};
        proxy.cut_into_pieces(direction::to_server, piece);
        proxy.cut_into_pieces(direction::to_client, piece);
        connected with{options_to(proxy.endpoint())};
        with.run([&]() -> task<> {
            std::vector<book> books(10);
            std::vector<task<>> all;
            for (std::size_t i = 0; i < books.size(); ++i)
                all.push_back(echo_once(with.db, "unique " + std::to_string(i), books[i]));
            co_await when_all(std::move(all));
            for (auto const& mine : books)
                EXPECT_EQ(mine.acknowledged, 1);
        });
    }
}

TEST(slow_networks, change_nothing)
{
    auto& server = integration::shared_server({});
    fault_proxy proxy{server.unix_socket()};
    proxy.delay(direction::to_server, 5ms);
    proxy.delay(direction::to_client, 5ms);
    connected with{options_to(proxy.endpoint())};
    with.run([&]() -> task<> {
        book mine;
        for (int i = 0; i < 10; ++i)
            co_await echo_once(with.db, "unique " + std::to_string(i), mine);
        EXPECT_EQ(mine.acknowledged, 10);
    });
}

}  // namespace
}  // namespace redstart::faults
