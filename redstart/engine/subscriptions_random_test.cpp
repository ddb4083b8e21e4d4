// Random histories of subscriptions against a server of a few lines. Whatever happens in whatever order, what is wanted
// becomes live, and within each stretch of being live every message is heard, once and in order.

#include "redstart/engine/pubsub_probe_test.hpp"

#include <array>
#include <map>
#include <random>

namespace redstart::engine {
namespace {

using testing::channel;
using testing::channel_server;
using testing::pattern;
using testing::settle;
using testing::shard;

// Checks each thing that it is told against what it was told before.
class strict_listener final : public feed_listener {
public:
    void begin(bool live) noexcept
    {
        is_live = live;
        last = 0;
    }

    bool is_live = false;
    bool refused = false;
    std::uint64_t last = 0;  // number of the last message, 0 since this stretch began
    std::uint64_t highest = 0;
    std::map<std::string, int> seen;

private:
    void on_message(std::string_view, std::string_view body) noexcept override
    {
        auto const number = std::stoull(std::string{body});
        EXPECT_TRUE(is_live);
        EXPECT_TRUE(last == 0 || number == last + 1) << number << " after " << last;
        EXPECT_GT(number, highest) << "it was here before";
        last = highest = number;
        ++seen["messages"];
    }
    void on_live() noexcept override
    {
        EXPECT_FALSE(is_live);
        begin(true);
        ++seen["live"];
    }
    void on_gap() noexcept override
    {
        EXPECT_TRUE(is_live) << "a gap in what was not live";
        is_live = false;
        ++seen["gaps"];
    }
    void on_refused(std::string_view) noexcept override
    {
        EXPECT_FALSE(is_live);
        refused = true;
        ++seen["refused"];
    }
};

class subscribed_history {
public:
    subscribed_history(unsigned seed, wire::protocol spoken)
        : random_{seed}, spoken_{spoken}, server_{spoken}
    {
    }

    void run(int steps)
    {
        for (int i = 0; i < steps && !::testing::Test::HasFailure(); ++i)
            step();
        finish();
    }

    std::map<std::string, int> seen;

private:
    struct wish {
        feed what;
        strict_listener listener{};
        bool wanted = false;
        std::uint64_t published = 0;
    };

    unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }
    wish& any() { return wishes_[below(static_cast<unsigned>(wishes_.size()))]; }

    void step()
    {
        switch (below(14)) {
        case 0:
        case 1: return want(any());
        case 2: return unwant(any());
        case 3:
        case 4:
        case 5: return publish(any());
        case 6:
            if (below(8) == 0)
                lose();
            return;
        case 7:
            if (!state_.is_open())
                state_.open();
            return;
        case 8: return server_.move_away("shard");
        case 9:
            if (below(4) == 0)
                server_.busy = !server_.busy;
            if (below(2) == 0)
                state_.ask_again();
            return;
        case 10:
            state_.ping();
            if (below(4) == 0 && !server_.forbidden.erase("b"))
                server_.forbidden.insert("b");
            return;
        case 11:
            if (below(4) == 0 && spoken_ == wire::protocol::resp3)
                state_.log_in({.user = "ada", .password = server_.password});
            return write();
        default: return read();
        }
    }

    void want(wish& one)
    {
        if (std::exchange(one.wanted, true))
            return;
        one.listener.refused = false;
        one.listener.begin(state_.want(one.what, one.listener));
    }
    void unwant(wish& one)
    {
        one.wanted = false;
        state_.unwant(one.what);
    }
    void publish(wish& one) { server_.publish(one.what, std::to_string(++one.published)); }
    void lose()
    {
        if (!state_.is_open())
            return;
        server_.lose_connection();
        incoming_.clear();
        held_.clear();
        state_.lose();
        ++seen["lost"];
    }
    void write()
    {
        auto const out = state_.output();
        auto const size = below(static_cast<unsigned>(out.size()) + 1);
        server_.hear(out.substr(0, size));
        state_.written(size);
    }
    void read()
    {
        incoming_ += server_.take_answers();
        auto const size = below(static_cast<unsigned>(incoming_.size()) + 1);
        held_ += incoming_.substr(0, size);
        incoming_.erase(0, size);
        char const* at = held_.data();
        ASSERT_TRUE(state_.received(at, at + held_.size())) << state_.protocol_error();
        held_.erase(0, static_cast<std::size_t>(at - held_.data()));
        for (auto& each : wishes_)
            each.wanted = each.wanted && !each.listener.refused;
    }

    // Once nothing is in the way, the server has exactly what is wanted, and says so.
    void finish()
    {
        server_.busy = false;
        if (!state_.is_open())
            state_.open();
        while (!incoming_.empty() && !::testing::Test::HasFailure())
            read();
        ASSERT_TRUE(settle(state_, server_));
        for (int times = 0; times < 3; ++times) {
            state_.ask_again();
            ASSERT_TRUE(settle(state_, server_));
        }
        EXPECT_FALSE(state_.has_put_off());
        for (auto& each : wishes_) {
            each.wanted = each.wanted && !each.listener.refused;
            EXPECT_EQ(server_.subscribed.contains(each.what), each.wanted) << each.what.name;
            EXPECT_FALSE(!each.wanted && state_.is_leaving(each.what));
            publish(each);
        }
        ASSERT_TRUE(settle(state_, server_));
        for (auto& each : wishes_) {
            EXPECT_EQ(each.listener.highest == each.published, each.wanted) << each.what.name;
            for (auto const& [what, count] : each.listener.seen)
                seen[what] += count;
        }
        EXPECT_EQ(state_.live(), state_.wanted());
        EXPECT_FALSE(state_.awaits_answer());
    }

    std::mt19937 random_;
    wire::protocol spoken_;
    channel_server server_;
    subscriptions state_;
    std::array<wish, 5> wishes_{
        {{channel("a")}, {channel("b")}, {pattern("a")}, {pattern("p*")}, {shard("shard")}}};
    std::string incoming_;  // said by the server, and still under way
    std::string held_;      // arrived, and not consumed
};

TEST(random_histories_of_subscriptions, make_live_what_is_wanted_and_lose_nothing_unsaid)
{
    std::map<std::string, int> seen;
    for (unsigned seed = 0; seed < 400; ++seed) {
        subscribed_history history{seed,
                                   seed % 2 == 0 ? wire::protocol::resp2 : wire::protocol::resp3};
        history.run(400);
        if (HasFailure()) {
            ADD_FAILURE() << "seed " << seed;
            return;
        }
        for (auto const& [what, count] : history.seen)
            seen[what] += count;
    }
    for (auto const* const what : {"messages", "live", "gaps", "refused", "lost"})
        EXPECT_GT(seen[what], 200) << what << ": these histories would not notice";
}

}  // namespace
}  // namespace redstart::engine
