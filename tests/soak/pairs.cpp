// Operations on two keys that nobody may ever see apart: each is set to one more than it was read, which only WATCH
// makes safe.

#include "redstart/command/strings.hpp"
#include "redstart/task/when_all.hpp"
#include "tests/soak/operations.hpp"

namespace redstart::soak {

namespace {

task<std::int64_t> read_pair(caller& who, watched& view)
{
    auto const& pair = who.pair();
    auto const held = co_await view.exec(mget(pair.first(), pair.second()));
    who.expect_nothing_wrong(pair.check(held.at(0), held.at(1)));
    co_return held.at(0) ? std::stoll(*held.at(0)) : 0;
}

task<> count_pair(caller& who)
{
    auto& pair = who.pair();
    bool decided = false;  // otherwise nothing was changed, whatever failed
    auto const one_more = [&](watched& view) -> task<decision<bool>> {
        decided = false;
        auto const next = co_await read_pair(who, view) + 1;
        decided = true;
        co_return commit(true, set(pair.first(), next), set(pair.second(), next));
    };
    try {
        co_await who.db().transact(one_more, pair.first(), pair.second());
        pair.acknowledged();
        who.acknowledged();
    } catch (failure const& why) {
        pair.failed(decided ? why.outcome() : outcome::not_sent);
        who.failed(why);
    }
}

}  // namespace

// Side by side, so that they meet, too.
task<> count_pair_twice(caller& who, std::int64_t)
{
    co_await when_all(count_pair(who), count_pair(who));
}

}  // namespace redstart::soak
