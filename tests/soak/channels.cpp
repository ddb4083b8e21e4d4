// Operations on a channel to which its only publisher listens, with little room for messages.

#include "redstart/command/pubsub.hpp"
#include "redstart/task/within.hpp"
#include "tests/soak/operations.hpp"

namespace redstart::soak {

namespace {

constexpr std::size_t most_held = 24;  // messages; what is published at once can be more

task<> subscribe(caller& who)
{
    who.news().emplace(co_await who.db().subscribe(who.channel().name(), {.messages = most_held}));
    who.channel().subscribed();
}

// At least one, and all others that have come.
task<> receive(caller& who)
{
    auto& news = *who.news();
    do {
        auto const item = co_await news.next();
        if (!item)
            co_return who.expect(false, "the subscription has ended by itself");
        who.expect_nothing_wrong(who.channel().received(item->text, item->after_gap));
    } while (news.stats().buffered > 0);
}

}  // namespace

task<> publish_several(caller& who, std::int64_t commands)
{
    auto& channel = who.channel();
    std::vector<channel_oracle::number> numbers;
    std::vector<command<std::int64_t>> all;
    for (std::int64_t i = 0; i < commands; ++i)
        all.push_back(
            publish(channel.name(), channel.text_of(numbers.emplace_back(channel.next_number()))));
    auto const came = co_await who.db().exec(std::move(all));
    for (std::size_t i = 0; i < came.size(); ++i) {
        if (came[i]) {
            who.acknowledged();
            channel.published(numbers[i]);
        } else {
            channel.publish_failed(numbers[i], came[i].error().outcome());
            who.failed(came[i].error());
        }
    }
}

// Counted as one command, whatever it takes. Now and then a subscription ends, and another one begins at once.
task<> follow_channel(caller& who, std::int64_t)
{
    if (who.below(40) == 0)
        who.news().reset();
    try {
        if (!who.news())
            co_await subscribe(who);
        else
            co_await within(std::chrono::milliseconds{1 + who.below(5)}, receive(who));
        who.acknowledged();
    } catch (failure const& why) {
        who.failed(why);
    }
}

}  // namespace redstart::soak
