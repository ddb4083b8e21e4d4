#include "redstart/toolkit/script_registry.hpp"

#include "redstart/command/keys.hpp"
#include "redstart/command/scripting.hpp"
#include "redstart/command/strings.hpp"
#include "redstart/toolkit/on_servers_test.hpp"

namespace redstart::toolkit {
namespace {

script<std::int64_t(key<std::int64_t>, std::int64_t)> const bump_by{
    "bump_by", "return redis.call('INCRBY', KEYS[1], ARGV[1])", 2};
script<std::string()> const greet{"greet", "return 'hello'"};
constexpr key_of<std::int64_t> visits{"{script registry}:visits"};

class script_registry_test : public on_servers {};

TEST_P(script_registry_test, gives_the_server_what_it_does_not_have_yet)
{
    ask(script_flush());
    script_registry all;
    all.add(bump_by).add(greet);
    static_cast<void>(ask(greet()));
    auto const first = run(all.load(db));
    ASSERT_EQ(first.size(), 2u);
    EXPECT_EQ(first[0],
              (loaded_script{"bump_by", 2, std::string{bump_by.sha1()}, /* was_known */ false}));
    EXPECT_EQ(first[1], (loaded_script{"greet", 1, std::string{greet.sha1()}, true}));
    auto const second = run(all.load(db));
    EXPECT_TRUE(second[0].was_known && second[1].was_known);
}

TEST_P(script_registry_test, saves_the_first_call_a_round_trip)
{
    auto const call = [this]() -> task<std::int64_t> {
        co_return co_await db.exec(bump_by(visits, 2));
    };
    ask(script_flush());
    EXPECT_EQ(sent_during(call).size(), 2u);
    ask(script_flush());
    run(script_registry{}.add(bump_by).load(db));
    EXPECT_EQ(sent_during(call).size(), 1u);
    EXPECT_EQ(ask(get(visits)), 4);
}

TEST_P(script_registry_test, loads_in_one_round_trip)
{
    script_registry all;
    all.add(bump_by).add(greet).add(bump_by);
    EXPECT_EQ(all.size(), 2u);
    EXPECT_EQ(sent_during([&] { return all.load(db); }).size(), 4u);
    EXPECT_TRUE(run(script_registry{}.load(db)).empty());
}

TEST_P(script_registry_test, refuses_two_texts_of_one_version)
{
    script_source const other{"greet", "return 'good bye'"};
    script_source const next{"greet", "return 'good bye'", 2};
    script_registry all;
    all.add(greet).add(next);
    EXPECT_THROW(all.add(other), failure);
    EXPECT_EQ(all.size(), 2u);
}

REDSTART_ON_SERVERS(script_registry_test);

}  // namespace
}  // namespace redstart::toolkit
