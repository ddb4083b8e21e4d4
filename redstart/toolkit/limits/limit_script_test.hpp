// The limiters' own scripts on real servers, under a clock that the test sets: the one change is where they take the
// time from. Private to toolkit.

#pragma once

#include "redstart/command/script.hpp"
#include "redstart/toolkit/limits/limit_script.hpp"
#include "redstart/toolkit/on_servers_test.hpp"

#include <algorithm>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace redstart::toolkit::limit_tests {

constexpr std::int64_t second = 1'000'000;
constexpr std::int64_t noon = 1'763'726'400 * second;

// Takes seconds and microseconds from the argument of this number, and from the next.
inline std::string with_clock_of_its_own(std::string_view script, int argument)
{
    constexpr std::string_view servers = "redis.call('TIME')";
    std::string text{script};
    auto const at = text.find(servers);
    EXPECT_NE(at, std::string::npos);
    text.replace(at, servers.size(),
                 "{ARGV[" + std::to_string(argument) + "], ARGV[" + std::to_string(argument + 1) +
                     "]}");
    EXPECT_EQ(text.find("TIME"), std::string::npos);
    return text;
}

// On real servers; what only looks must not write.
class on_servers_that_count_changes : public on_servers {
protected:
    template <class Reply>
    Reply ask(command<Reply> what, bool is_look = false)
    {
        if (!is_look)
            return on_servers::ask(std::move(what));
        auto const before = changes();
        auto reply = on_servers::ask(std::move(what));
        EXPECT_EQ(changes(), before) << "a look has written";
        return reply;
    }
    // Since the server began.
    std::string changes()
    {
        constexpr std::string_view field = "rdb_changes_since_last_save:";
        auto const told = on_servers::ask(raw<std::string>("INFO", "persistence"));
        auto const at = told.find(field);
        EXPECT_NE(at, std::string::npos);
        return told.substr(at, told.find('\r', at) - at);
    }
};

struct decided {
    bool allowed = false;
    std::uint32_t remaining = 0;
    std::int64_t retry = 0;
    std::int64_t more = 0;
    std::int64_t reset = 0;

    bool operator==(decided const&) const = default;
    friend void PrintTo(decided const& it, std::ostream* out)
    {
        *out << (it.allowed ? "allowed, " : "refused, ") << it.remaining << " remain, retry "
             << it.retry << ", more " << it.more << ", reset " << it.reset;
    }
};

// What was admitted, for ever. The largest sum of any span of that length is found by adding up each of them.
class admissions {
public:
    struct entry {
        std::int64_t at;
        std::uint32_t cost;
    };

    void add(std::int64_t at, std::uint32_t cost)
    {
        if (cost > 0)
            all_.push_back({at, cost});
    }
    std::uint64_t most_in(std::int64_t length) const
    {
        std::uint64_t most = 0;
        for (auto from = all_.begin(); from != all_.end(); ++from) {
            std::uint64_t sum = 0;
            for (auto each = from; each != all_.end() && each->at < from->at + length; ++each)
                sum += each->cost;
            most = std::max(most, sum);
        }
        return most;
    }
    std::vector<entry> const& all() const { return all_; }

private:
    std::vector<entry> all_;
};

// The first wait, up to `longest`, after which `is_enough`; it must stay so.
template <class IsEnough>
std::int64_t first_wait(std::int64_t longest, IsEnough const& is_enough)
{
    std::int64_t low = 0, high = longest;
    while (low < high) {
        auto const middle = low + (high - low) / 2;
        if (is_enough(middle))
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

// Random histories.
class dice {
public:
    explicit dice(unsigned seed) : random_{seed} {}
    std::int64_t below(std::int64_t end)
    {
        return std::uniform_int_distribution<std::int64_t>{0, end - 1}(random_);
    }
    std::uint32_t number_below(std::uint32_t end) { return static_cast<std::uint32_t>(below(end)); }
    bool one_in(int many) { return below(many) == 0; }

private:
    std::mt19937 random_;
};

// What becomes of a window when the server's clock is set back, time and again: real time only goes forward, and that
// clock is what it is plus an error that falls. `acquire(now, limit, cost)` gives a `decided`.
template <class Acquire>
void expect_a_window_to_bear_clocks_set_back(dice& random, std::int64_t length,
                                             std::int64_t longest_reset, Acquire const& acquire)
{
    constexpr std::uint32_t limit = 5;
    admissions admitted;
    auto real = noon;
    std::int64_t error = 0;
    for (int i = 0; i < 1500 && !::testing::Test::HasFailure(); ++i) {
        real += random.below(length / 5);
        if (random.one_in(10))
            error -= random.one_in(4) ? random.below(10 * length) : random.below(length);
        auto const cost = 1 + random.number_below(2);
        auto const answer = acquire(real + error, limit, cost);
        admitted.add(real, answer.allowed ? cost : 0);
        EXPECT_LE(answer.reset, longest_reset);
        if (!random.one_in(5))
            continue;
        real += answer.reset;
        EXPECT_EQ(acquire(real + error, limit, 0U).remaining, limit) << "step " << i;
    }
    EXPECT_LE(admitted.most_in(length), 2 * limit);
}

}  // namespace redstart::toolkit::limit_tests
