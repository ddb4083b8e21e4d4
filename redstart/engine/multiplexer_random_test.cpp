// Random histories of a multiplexer against a server of a few lines. Whatever happens in whatever
// order, each command leaves exactly once, gets its own answer, and the outcome tells the truth.

#include "redstart/engine/multiplexer.hpp"
#include "redstart/engine/probe_test.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <random>
#include <set>

namespace redstart::engine {
namespace {

using testing::probe_slot;
using testing::reply_of;

// Hears "<name>" after "<name>" and answers each with its name, when it is let.
class echo_server {
public:
    void hear(std::string_view bytes)
    {
        for (char const c : bytes) {
            if (c == '<')
                name_.clear();
            else if (c == '>')
                answers_.insert(answers_.end(), testing::replies_to(name_), name_);
            else
                name_ += c;
            EXPECT_NE(c, '!') << "it was lent, and its owner has left";
            if (c != '<' && c != '>')
                heard_.insert(name_.substr(0, name_.find('.')));
        }
    }
    bool has_answer() const { return !answers_.empty(); }
    std::string next_answer()
    {
        auto const name = answers_.front();
        answers_.pop_front();
        return reply_of(name);
    }
    // Whether a name ever arrived, up to its dot.
    bool has_heard_of(std::string const& name) const { return heard_.contains(name); }
    void lose_connection()
    {
        answers_.clear();
        name_.clear();
    }

private:
    std::string name_;
    std::deque<std::string> answers_;
    std::set<std::string> heard_;
};

class random_history {
public:
    explicit random_history(unsigned seed)
        : limits_{.commands = 12, .bytes = 400, .waiting = seed % 2 == 0 ? 0U : 8U}, random_{seed}
    {
    }

    void run(int steps)
    {
        for (int i = 0; i < steps; ++i) {
            step();
            check_counts();
            if (::testing::Test::HasFatalFailure())
                return;
        }
        testing::give_up(commands_);
        for (auto const& each : slots_)
            check_end(each);
        EXPECT_EQ(commands_.in_flight(), 0u);
        EXPECT_EQ(commands_.bytes_in_flight(), 0u);
    }

    std::map<std::string, int> seen;  // how often each kind of end came up

private:
    struct entry {
        entry(std::string name, probe_slot::middle where) : slot{std::move(name), where} {}
        probe_slot slot;
        bool submitted = false;
        std::optional<outcome> abandoned;
    };

    unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }

    void step()
    {
        switch (below(12)) {
        case 0:
        case 1:
        case 2:
        case 3: return submit();
        case 4: return abandon();
        case 5:
            if (!commands_.is_open())
                commands_.open();
            return;
        case 6:
            if (below(4) == 0)
                lose();
            return;
        case 7:
            if (below(6) == 0)
                commands_.fail_waiting(failure_code::authentication_failed, "");
            return;
        case 8:
        case 9: return write();
        default: return answer();
        }
    }

    // The part of the name before the dot is the identity; what follows it only takes room, or asks for more replies.
    void submit()
    {
        auto name = std::to_string(100'000 + slots_.size()) + "." + std::string(below(60), 'x') +
                    std::string(below(3), '*');
        auto const where = static_cast<probe_slot::middle>(below(3));
        auto& added = slots_.emplace_back(std::move(name), where);
        added.submitted = commands_.submit(added.slot);
        if (!added.submitted)
            EXPECT_TRUE(commands_.in_flight() >= limits_.commands + limits_.waiting ||
                        (limits_.waiting == 0 &&
                         commands_.bytes_in_flight() + added.slot.size() > limits_.bytes));
    }

    void abandon()
    {
        if (slots_.empty())
            return;
        auto& chosen = slots_[below(static_cast<unsigned>(slots_.size()))];
        if (!chosen.submitted || chosen.slot.ends > 0 || chosen.abandoned)
            return;
        chosen.abandoned = commands_.abandon(chosen.slot);
        chosen.slot.spoil_what_was_lent();
    }

    void write()
    {
        if (!commands_.is_open())
            return;
        auto const out = testing::unsent(commands_);
        auto const size = below(static_cast<unsigned>(out.size()) + 1);
        server_.hear(std::string_view{out}.substr(0, size));
        commands_.written(size, below(3) == 0);
    }

    // A whole answer, or a part of what is under way, with a push in between now and then.
    void answer()
    {
        if (!commands_.is_open())
            return;
        if (server_.has_answer())
            incoming_ += server_.next_answer();
        if (below(8) == 0 && whole_answers_only_)
            incoming_ += ">2\r\n+message\r\n+hi\r\n";
        auto const size = below(static_cast<unsigned>(incoming_.size()) + 1);
        held_ += incoming_.substr(0, size);
        incoming_.erase(0, size);
        whole_answers_only_ = incoming_.empty();
        char const* at = held_.data();
        ASSERT_TRUE(commands_.received(at, at + held_.size())) << commands_.protocol_error();
        held_.erase(0, static_cast<std::size_t>(at - held_.data()));
    }

    void lose()
    {
        if (!commands_.is_open())
            return;
        commands_.lose(failure_code::connection_lost, "");
        server_.lose_connection();
        incoming_.clear();
        held_.clear();
        whole_answers_only_ = true;
    }

    void check_counts() const
    {
        ASSERT_LE(commands_.in_flight() - commands_.waiting(), limits_.commands);
        ASSERT_LE(commands_.waiting(), limits_.commands + limits_.waiting);
    }

    static std::string identity(probe_slot const& one)
    {
        return one.name().substr(0, one.name().find('.'));
    }

    void check_end(entry const& each)
    {
        if (!each.submitted) {
            EXPECT_EQ(each.slot.ends, 0u);
            ++seen["refused"];
            return;
        }
        bool const heard = server_.has_heard_of(identity(each.slot));
        if (each.abandoned) {
            EXPECT_EQ(each.slot.ends, 0u);
            EXPECT_TRUE(*each.abandoned == outcome::maybe_applied || !heard);
            ++seen["abandoned"];
            return;
        }
        EXPECT_EQ(each.slot.ends, 1u) << each.slot.name();
        if (!each.slot.result) {
            std::string whole;
            for (auto left = testing::replies_to(each.slot.name()); left > 0; --left)
                whole += each.slot.name();
            EXPECT_EQ(each.slot.reply, whole);
            ++seen["answered"];
            return;
        }
        EXPECT_TRUE(*each.slot.result == outcome::maybe_applied || !heard)
            << "not_sent, and the server has heard of it";
        ++seen[*each.slot.result == outcome::not_sent ? "not sent" : "maybe applied"];
    }

    flight_limits limits_;
    std::mt19937 random_;
    multiplexer commands_{limits_};
    std::deque<entry> slots_;
    echo_server server_;
    std::string incoming_;  // said by the server, and still under way
    std::string held_;      // arrived, and not consumed
    bool whole_answers_only_ = true;
};

TEST(random_histories, end_each_command_exactly_once)
{
    std::map<std::string, int> seen;
    for (unsigned seed = 0; seed < 400; ++seed) {
        random_history history{seed};
        history.run(400);
        if (HasFailure()) {
            ADD_FAILURE() << "seed " << seed;
            return;
        }
        for (auto const& [what, count] : history.seen)
            seen[what] += count;
    }
    for (auto const* const what : {"refused", "abandoned", "answered", "not sent", "maybe applied"})
        EXPECT_GT(seen[what], 100) << what << ": these histories would not notice";
}

}  // namespace
}  // namespace redstart::engine
