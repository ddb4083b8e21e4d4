// The kinds of operation of a soak. Each sends commands of its caller and tells how each of them ended.

#include "tests/soak/operations.hpp"

#include "redstart/command/script.hpp"
#include "redstart/command/strings.hpp"
#include "redstart/task/when_all.hpp"

#include <algorithm>

namespace redstart::soak {

namespace {

constexpr std::uint64_t largest = 1024 * 1024;  // bytes of a value
constexpr std::uint64_t most_together = 40;

script<std::int64_t> const bump{"bump", "return redis.call('INCR', KEYS[1])"};

std::int64_t one(caller&) { return 1; }
std::int64_t two(caller&) { return 2; }
std::int64_t three(caller&) { return 3; }
std::int64_t several(caller& who)
{
    return 1 + static_cast<std::int64_t>(who.below(most_together));
}

std::int64_t some_threes(caller& who) { return 3 + 3 * static_cast<std::int64_t>(who.below(8)); }

// Nobody else asks for this text: another one back is somebody else's.
task<> echo_once(caller& who)
{
    auto const text = who.unique_text();
    auto const came = co_await who.db().try_exec(raw<std::string>("ECHO", text));
    if (!came)
        co_return who.failed(came.error());
    who.acknowledged();
    who.expect(*came == text, "asked for " + text + ", was given " + *came);
}

task<> echo(caller& who, std::int64_t commands)
{
    std::vector<task<>> all;
    for (std::int64_t i = 0; i < commands; ++i)
        all.push_back(echo_once(who));
    co_await when_all(std::move(all));
}

task<> count(caller& who, command<std::int64_t> counting)
{
    auto const came = co_await who.db().try_exec(std::move(counting));
    if (!came) {
        who.counter().failed(came.error().outcome());
        co_return who.failed(came.error());
    }
    who.acknowledged();
    who.expect_nothing_wrong(who.counter().acknowledged(*came));
}

task<> count_by_incr(caller& who, std::int64_t) { return count(who, incr(who.counter().key())); }

task<> count_by_script(caller& who, std::int64_t)
{
    return count(who, bump(keys(who.counter().key())));
}

// Others find their scripts gone, and send them whole.
task<> forget_scripts(caller& who, std::int64_t)
{
    auto const came = co_await who.db().try_exec(raw<ok>("SCRIPT FLUSH"));
    if (came)
        who.acknowledged();
    else
        who.failed(came.error());
}

task<> set_value(caller& who, text_oracle& text, std::size_t size)
{
    if (auto const left = text.give_up_if_uncertain())
        static_cast<void>(co_await who.db().try_exec(raw<std::int64_t>("UNLINK", *left)));
    auto const came = co_await who.db().try_exec(set(text.key(), text.next_value(size)));
    if (!came) {
        text.failed(came.error().outcome());
        co_return who.failed(came.error());
    }
    who.acknowledged();
    text.acknowledged();
    who.expect(*came, "a value was not set");
}

task<> get_value(caller& who, text_oracle& text)
{
    auto const came = co_await who.db().try_exec(get(text.key()));
    if (!came)
        co_return who.failed(came.error());
    who.acknowledged();
    who.expect_nothing_wrong(text.check(*came));
}

task<> set_text(caller& who, std::int64_t) { return set_value(who, who.any_text(), 0); }

task<> get_text(caller& who, std::int64_t) { return get_value(who, who.any_text()); }

// Small ones more often than large ones.
task<> set_large(caller& who, std::int64_t)
{
    auto const limit = largest >> who.below(9);
    return set_value(who, who.large(), who.below(limit));
}

task<> get_large(caller& who, std::int64_t) { return get_value(who, who.large()); }

task<> get_all_texts(caller& who, std::int64_t)
{
    std::vector<std::string> all;
    for (auto const& each : who.texts())
        all.push_back(each.key());
    auto const came = co_await who.db().try_exec(mget(all));
    if (!came)
        co_return who.failed(came.error());
    who.acknowledged();
    who.expect(came->size() == all.size(), "MGET gave another number of values");
    for (std::size_t i = 0; i < std::min(came->size(), all.size()); ++i)
        who.expect_nothing_wrong(who.texts()[i].check((*came)[i]));
}

// The first failure is all that is told. Commands before the one that failed have succeeded, with answers that are
// lost.
task<> three_at_once(caller& who, std::int64_t commands)
{
    auto const text = who.unique_text();
    auto& held = who.any_text();
    try {
        auto const [count, said, value] = co_await who.db().exec(
            incr(who.counter().key()), raw<std::string>("ECHO", text), get(held.key()));
        who.acknowledged(commands);
        who.expect(said == text, "asked for " + text + ", was given " + said);
        who.expect_nothing_wrong(who.counter().acknowledged(count));
        who.expect_nothing_wrong(held.check(value));
    } catch (failure const& why) {
        bool const was_counted = why.command() != "INCR";
        who.counter().failed(was_counted ? outcome::maybe_applied : why.outcome());
        who.failed(why, commands);
    }
}

}  // namespace

std::vector<operation> const& operations()
{
    static std::vector<operation> const all{
        {"echo", 200, one, echo},
        {"echoes together", 40, several, echo},
        {"incr", 150, one, count_by_incr},
        {"incr by a script", 60, one, count_by_script},
        {"script flush", 1, one, forget_scripts},
        {"set", 400, one, set_text},
        {"get", 100, one, get_text},
        {"mget", 60, one, get_all_texts},
        {"incr, echo, get at once", 100, three, three_at_once},
        {"echoes in a vector", 10, several, echoes_in_a_vector},
        {"batch", 10, some_threes, batch_of_three_kinds},
        {"atomic", 30, three, atomic_three},
        {"atomic batch", 10, some_threes, atomic_batch_of_three_kinds},
        {"pair by transact", 20, two, count_pair_twice},
        {"push", 10, one, push_to_queue},
        {"blpop", 4, one, pop_from_queue},
        {"blmove", 4, one, move_in_queue},
        {"push while others wait", 6, three, push_while_others_wait},
        {"publish", 20, several, publish_several},
        {"subscribe, or receive", 40, one, follow_channel},
        {"set of a large value", 3, one, set_large},
        {"get of a large value", 3, one, get_large},
    };
    return all;
}

}  // namespace redstart::soak
