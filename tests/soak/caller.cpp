#include "tests/soak/caller.hpp"

#include "redstart/task/race.hpp"
#include "redstart/task/sleep.hpp"
#include "redstart/task/within.hpp"

#include <numeric>

namespace redstart::soak {

namespace {

constexpr int texts_per_caller = 4;

task<> change_of_mind(std::chrono::microseconds after) { co_await sleep_for(after); }

}  // namespace

caller::caller(client& db, std::string name, std::uint64_t seed, journal& shared)
    : db_{db}, name_{std::move(name)}, random_{seed}, journal_{shared},
      tallies_(operations().size()), counter_{name_ + ":counter"}, pair_{name_ + ":pair"},
      queue_{name_ + ":queue"}, channel_{name_ + ":channel"}, large_{name_ + ":large"}
{
    for (int i = 0; i < texts_per_caller; ++i)
        texts_.emplace_back(name_ + ":text" + std::to_string(i));
}

void caller::failed(failure const& why, std::int64_t commands)
{
    mine().add(why, commands);
    // What does not fit, or what the server refuses, was not meant for this command.
    expect(why.code() != failure_code::decode_failed && why.code() != failure_code::server_error,
           std::string{why.what()} + ": " + why.server_text());
}

void caller::expect(bool holds, std::string_view what)
{
    if (!holds)
        journal_.violation(name_ + ", " + std::string{operations()[current_].name} + ": " +
                           std::string{what});
}

void caller::expect_nothing_wrong(std::string const& wrong) { expect(wrong.empty(), wrong); }

std::vector<text_oracle const*> caller::all_texts() const
{
    std::vector<text_oracle const*> all{&large_};
    for (auto const& each : texts_)
        all.push_back(&each);
    return all;
}

std::size_t caller::choose()
{
    auto const& all = operations();
    static auto const total = std::accumulate(
        all.begin(), all.end(), 0u, [](unsigned sum, auto const& one) { return sum + one.weight; });
    auto left = below(total);
    std::size_t chosen = 0;
    while (left >= all[chosen].weight)
        left -= all[chosen++].weight;
    return chosen;
}

task<> caller::run()
{
    while (true) {
        current_ = choose();
        auto const& what = operations()[current_];
        auto const commands = what.commands(*this);
        if (!journal_.take(commands)) {
            news_.reset();  // on its loop
            co_return;
        }
        mine().begun += commands;
        auto work = what.run(*this, commands);
        auto const ended_before = mine().ended();
        switch (below(16)) {
        case 0: co_await within(std::chrono::microseconds{below(3000)}, std::move(work)); break;
        case 1:
            co_await race(std::move(work), change_of_mind(std::chrono::microseconds{below(3000)}));
            break;
        default: co_await std::move(work);
        }
        expect(mine().ended() == ended_before + commands, "not every command has ended once");
    }
}

}  // namespace redstart::soak
