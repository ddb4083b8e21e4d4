// Cuts and pieces beneath TLS: records that come in part, and never a wrong answer.

#include "tests/faults/harness.hpp"

namespace redstart::faults {
namespace {

class beneath_tls : public ::testing::TestWithParam<direction> {
protected:
    client_options options() const
    {
        auto chosen = options_to(proxy.endpoint());
        chosen.tls = {.enabled = true,
                      .ca_file = integration::certificates::shared().authority.file()};
        return chosen;
    }

    server_fixture server{integration::options_for({.tls = true})};
    fault_proxy proxy{server.tls()};
};
INSTANTIATE_TEST_SUITE_P(both, beneath_tls,
                         ::testing::Values(direction::to_server, direction::to_client),
                         [](auto const& which) {
                             return which.param == direction::to_server ? "requests" : "replies";
                         });

// At every seventh byte, since the lengths of a handshake differ from time to time.
TEST_P(beneath_tls, a_cut_anywhere_tells_the_truth)
{
    constexpr std::uint64_t step = 7;
    std::uint64_t all = 0;
    {
        connected whole{options()};
        whole.exec(incr(counter("a")));
        all = proxy.forwarded(GetParam());
    }
    book mine;
    server.connect().ask({"DEL", counter("a").text()});
    for (std::uint64_t at = 0; at <= all; at += step) {
        proxy.cut_after(GetParam(), at);
        connected with{options()};
        with.loops.run(count_once(with.db, "a", mine));
        proxy.heal();
        with.loops.run(count_once(with.db, "a", mine));
    }
    expect_true(mine, value_at(server, "a"));
    EXPECT_GT(mine.acknowledged, mine.begun / 2);
}

TEST_P(beneath_tls, pieces_are_put_together)
{
    proxy.cut_into_pieces(GetParam(), 100);
    connected with{options()};
    std::string const value(20'000, 'x');
    EXPECT_TRUE(with.exec(set("k", value)));
    EXPECT_TRUE(with.exec(get("k")) == value);
}

}  // namespace
}  // namespace redstart::faults
