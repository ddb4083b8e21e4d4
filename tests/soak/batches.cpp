// Operations of many commands together: each has one result, and it is its own.

#include "redstart/command/strings.hpp"
#include "tests/soak/operations.hpp"

#include <algorithm>

namespace redstart::soak {

namespace {

void check_echo(caller& who, std::string const& text,
                std::expected<std::string, failure> const& came)
{
    if (!came)
        return who.failed(came.error());
    who.acknowledged();
    who.expect(*came == text, "asked for " + text + ", was given " + *came);
}

void check_count(caller& who, std::expected<std::int64_t, failure> const& came)
{
    if (!came) {
        who.counter().failed(came.error().outcome());
        return who.failed(came.error());
    }
    who.acknowledged();
    who.expect_nothing_wrong(who.counter().acknowledged(*came));
}

void check_text(caller& who, text_oracle const& text,
                std::expected<std::optional<std::string>, failure> const& came)
{
    if (!came)
        return who.failed(came.error());
    who.acknowledged();
    who.expect_nothing_wrong(text.check(*came));
}

// Groups of three commands, each of another kind, in one batch; and what is expected of each.
class mixture {
public:
    mixture(caller& who, std::int64_t commands) : who_{who}
    {
        for (; commands > 0; commands -= 3) {
            auto& text = who.any_text();
            auto said = who.unique_text();
            auto const counted = work_.add(incr(who.counter().key()));
            auto const echoed = work_.add(raw<std::string>("ECHO", said));
            auto const got = work_.add(get(text.key()));
            groups_.push_back({counted, echoed, got, std::move(said), &text});
        }
    }

    batch take_work() { return std::move(work_); }

    void check(batch_replies replies)
    {
        for (auto const& each : groups_) {
            check_count(who_, replies.take(each.counted));
            check_echo(who_, each.said, replies.take(each.echoed));
            check_text(who_, *each.text, replies.take(each.got));
        }
    }
    void all_failed(failure const& why)
    {
        for (std::size_t i = 0; i < groups_.size(); ++i)
            who_.counter().failed(why.outcome());
        who_.failed(why, static_cast<std::int64_t>(3 * groups_.size()));
    }

private:
    struct group {
        batch_item<std::int64_t> counted;
        batch_item<std::string> echoed;
        batch_item<std::optional<std::string>> got;
        std::string said;
        text_oracle* text;
    };

    caller& who_;
    batch work_;
    std::vector<group> groups_;
};

}  // namespace

task<> echoes_in_a_vector(caller& who, std::int64_t commands)
{
    std::vector<std::string> texts;
    std::vector<command<std::string>> all;
    for (std::int64_t i = 0; i < commands; ++i)
        all.push_back(raw<std::string>("ECHO", texts.emplace_back(who.unique_text())));
    auto const came = co_await who.db().exec(std::move(all));
    who.expect(came.size() == texts.size(), "there is not one result for each command");
    for (std::size_t i = 0; i < std::min(came.size(), texts.size()); ++i)
        check_echo(who, texts[i], came[i]);
}

task<> batch_of_three_kinds(caller& who, std::int64_t commands)
{
    mixture all{who, commands};
    all.check(co_await who.db().exec(all.take_work()));
}

task<> atomic_batch_of_three_kinds(caller& who, std::int64_t commands)
{
    mixture all{who, commands};
    try {
        all.check(co_await who.db().atomic(all.take_work()));
    } catch (failure const& why) {
        all.all_failed(why);
    }
}

task<> atomic_three(caller& who, std::int64_t commands)
{
    auto const said = who.unique_text();
    auto const& text = who.any_text();
    auto const came = co_await who.db().try_atomic(incr(who.counter().key()),
                                                   raw<std::string>("ECHO", said), get(text.key()));
    if (!came) {
        who.counter().failed(came.error().outcome());
        co_return who.failed(came.error(), commands);
    }
    auto const& [count, echoed, value] = *came;
    who.acknowledged(commands);
    who.expect_nothing_wrong(who.counter().acknowledged(count));
    who.expect(echoed == said, "asked for " + said + ", was given " + echoed);
    who.expect_nothing_wrong(text.check(value));
}

}  // namespace redstart::soak
