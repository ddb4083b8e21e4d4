// Operations on a queue whose consumers wait at the server, and often leave before anything comes.

#include "redstart/command/blocking_lists.hpp"
#include "redstart/task/when_all.hpp"
#include "tests/soak/operations.hpp"

namespace redstart::soak {

namespace {

using elements = key<list<queue_oracle::element>>;

std::chrono::milliseconds patience_of(caller& who)
{
    return std::chrono::milliseconds{1 + who.below(20)};
}

task<> push(caller& who)
{
    auto& queue = who.queue();
    auto const element = queue.next_element();
    auto const came = co_await who.db().try_exec(rpush(elements{queue.key()}, element));
    if (!came) {
        who.expect_nothing_wrong(queue.push_failed(element, came.error().outcome()));
        co_return who.failed(came.error());
    }
    who.acknowledged();
    queue.pushed(element);
}

task<> pop(caller& who)
{
    auto& queue = who.queue();
    auto const came =
        co_await who.db().try_exec(blpop(keys(elements{queue.key()}), patience_of(who)));
    if (!came) {
        queue.pop_failed(came.error().outcome());
        co_return who.failed(came.error());
    }
    who.acknowledged();
    if (*came)
        who.expect_nothing_wrong(queue.popped((*came)->element));
}

// What is moved is never lost.
task<> move(caller& who)
{
    auto& queue = who.queue();
    auto const came = co_await who.db().try_exec(
        blmove(elements{queue.key()}, elements{queue.moved_key()}, {}, patience_of(who)));
    if (!came)
        co_return who.failed(came.error());
    who.acknowledged();
    if (*came)
        who.expect_nothing_wrong(queue.moved(**came));
}

}  // namespace

task<> push_to_queue(caller& who, std::int64_t) { return push(who); }

task<> pop_from_queue(caller& who, std::int64_t) { return pop(who); }

task<> move_in_queue(caller& who, std::int64_t) { return move(who); }

// Whoever waits when the element comes has it.
task<> push_while_others_wait(caller& who, std::int64_t)
{
    co_await when_all(pop(who), move(who), push(who));
}

}  // namespace redstart::soak
