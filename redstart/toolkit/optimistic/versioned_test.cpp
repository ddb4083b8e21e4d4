#include "redstart/toolkit/optimistic/versioned.hpp"

#include "redstart/command/keys.hpp"
#include "redstart/command/server.hpp"
#include "redstart/task/when_all.hpp"
#include "redstart/task/within.hpp"
#include "redstart/toolkit/on_servers_test.hpp"

#include <map>
#include <set>

namespace redstart::toolkit::versioned_cases {

namespace {

using texts = versioned<std::string>;
using numbers = versioned<std::int64_t>;

struct article {
    std::string title;
    int edits = 0;

    bool operator==(article const&) const = default;
};
BOOST_DESCRIBE_STRUCT(article, (), (title, edits))

// Entries as a map; versions are what the server gave, which have to be new each time.
class versioned_history {
public:
    versioned_history(texts const& tested, unsigned seed) : tested_{tested}, random_{seed} {}

    task<> step()
    {
        auto const name = std::to_string(below(3));
        auto const value = std::to_string(below(3));
        auto& now = model_[name];
        auto const expected_version = below(2) == 0 ? now.version : some_old_version();
        auto const expected_value = std::to_string(below(3));
        switch (below(6)) {
        case 0:
            co_await set(now, now.version == 0, tested_.set_if_absent(name, value), value);
            break;
        case 1:
            co_await set(now, now.version != 0 && now.version == expected_version,
                         tested_.set_if_version(name, expected_version, value), value);
            break;
        case 2:
            co_await set(now, now.version != 0 && now.value == expected_value,
                         tested_.set_if_value(name, expected_value, value), value);
            break;
        case 3: co_await set(now, true, tested_.set(name, value), value); break;
        case 4: co_await erase(now, expected_version, name); break;
        default: co_await read(now, name);
        }
    }

private:
    unsigned below(unsigned end) { return static_cast<unsigned>(random_()) % end; }
    std::int64_t some_old_version()
    {
        if (versions_.empty())
            return 0;
        return *std::next(versions_.begin(), below(static_cast<unsigned>(versions_.size())));
    }

    task<> set(version_of<std::string>& now, bool fits, task<texts::change> setting,
               std::string const& value)
    {
        auto const done = co_await std::move(setting);
        EXPECT_EQ(done.applied, fits);
        if (!fits) {
            EXPECT_EQ(done.version, now.version);
            EXPECT_EQ(done.current, now.version == 0 ? std::nullopt : std::optional{now.value});
            co_return;
        }
        EXPECT_GT(done.version, now.version);
        EXPECT_TRUE(versions_.insert(done.version).second) << "a version came twice";
        now = {value, done.version};
    }

    task<> erase(version_of<std::string>& now, std::int64_t version, std::string const& name)
    {
        bool const fits = now.version != 0 && now.version == version;
        auto const done = co_await tested_.erase_if_version(name, version);
        EXPECT_EQ(done.applied, fits);
        if (fits)
            now = {};
        EXPECT_EQ(done.version, now.version);
    }

    task<> read(version_of<std::string> const& now, std::string const& name)
    {
        auto const found = co_await tested_.get(name);
        EXPECT_EQ(found, now.version == 0 ? std::nullopt : std::optional{now});
    }

    texts const& tested_;
    std::map<std::string, version_of<std::string>> model_;
    std::set<std::int64_t> versions_;
    std::mt19937 random_;
};

class versioned_test : public on_servers {};
REDSTART_ON_SERVERS(versioned_test);

TEST_P(versioned_test, agrees_with_the_model)
{
    texts const tested{db, {}};
    versioned_history history{tested, 5};
    run([](versioned_history& of) -> task<> {
        for (int left = 2000; left > 0 && !HasFailure(); --left)
            co_await of.step();
    }(history));
}

TEST_P(versioned_test, keeps_values_of_a_type)
{
    versioned<article> const articles{db, {.name = "articles"}};
    article const first{"Redis, and {braces}", 1};
    auto const created = run(articles.set_if_absent("7", first));
    EXPECT_TRUE(created.applied);
    auto const read = run(articles.get("7"));
    EXPECT_EQ(read, (version_of<article>{first, created.version}));
    EXPECT_FALSE(run(articles.set_if_value("7", {"other", 1}, {"x", 2})).applied);
    EXPECT_TRUE(run(articles.set_if_value("7", first, {"x", 2})).applied);
    auto const late = run(articles.set_if_version("7", read->version, {"y", 3}));
    EXPECT_FALSE(late.applied);
    EXPECT_EQ(late.current, (article{"x", 2}));
}

TEST_P(versioned_test, does_not_give_a_version_again_after_an_entry_was_erased)
{
    texts const all{db, {}};
    auto const first = run(all.set("x", "a")).version;
    auto const second = run(all.set("x", "b")).version;
    EXPECT_TRUE(run(all.erase_if_version("x", second)).applied);
    EXPECT_FALSE(run(all.set_if_version("x", second, "c")).applied);
    EXPECT_GT(run(all.set_if_absent("x", "a")).version, second);
    EXPECT_GT(second, first);
}

// As where the server's clock has been set back.
TEST_P(versioned_test, gives_greater_versions_also_when_the_clock_is_behind)
{
    texts const all{db, {}};
    run(all.set("x", "a"));
    constexpr auto ahead = "8000000000000001";
    ask(raw<std::int64_t>("HSET", "redstart:versioned:default:{x}", "version", ahead));
    EXPECT_EQ(run(all.set_if_version("x", 8'000'000'000'000'001, "b")).version,
              8'000'000'000'000'002);
}

TEST_P(versioned_test, keeps_the_time_to_live_of_an_entry)
{
    texts const mortal{db, {.ttl = std::chrono::hours{1}}};
    constexpr auto at = "redstart:versioned:default:{x}";
    run(mortal.set("x", "a"));
    EXPECT_TRUE(ask(ttl(at)).left);
    ask(expire(at, std::chrono::seconds{100}));
    run(mortal.set("x", "b"));
    run(mortal.modify("x", [](auto const&) { return std::optional<std::string>{"c"}; }));
    EXPECT_LE(ask(ttl(at)).left, std::chrono::seconds{100});
    ask(persist(at));
    run(mortal.set("x", "d"));
    EXPECT_TRUE(ask(ttl(at)).left);
    run(texts{db, {}}.set("y", "a"));
    EXPECT_FALSE(ask(ttl("redstart:versioned:default:{y}")).left);
}

task<int> set_together(texts const& to, std::int64_t version, int times)
{
    std::vector<task<texts::change>> all;
    for (int i = 0; i < times; ++i)
        all.push_back(to.set_if_version("x", version, std::to_string(i)));
    auto const each = co_await when_all(std::move(all));
    co_return static_cast<int>(std::ranges::count_if(each, &texts::change::applied));
}

TEST_P(versioned_test, lets_exactly_one_of_many_set_from_a_version)
{
    texts const all{db, {}};
    auto const version = run(all.set("x", "")).version;
    int there = 0;
    std::jthread other{[&] { there = loops.run(set_together(all, version, 200), 1); }};
    int const here = run(set_together(all, version, 200));
    other.join();
    EXPECT_EQ(here + there, 1);
}

std::optional<std::int64_t> one_more(std::optional<std::int64_t> now)
{
    return now.value_or(0) + 1;
}

task<> increase_together(numbers const& to, int times)
{
    std::vector<task<numbers::change>> all;
    for (int i = 0; i < times; ++i)
        all.push_back(to.modify("x", one_more));
    co_await when_all(std::move(all));
}

TEST_P(versioned_test, modifies_without_losing_a_change_of_others)
{
    numbers const all{db, {.attempts = 1000}};
    std::jthread other{[&] { loops.run(increase_together(all, 15), 1); }};
    run(increase_together(all, 15));
    other.join();
    EXPECT_EQ(run(all.get("x"))->value, 30);
    EXPECT_EQ(run(all.modify("x", [](auto const&) { return std::optional<std::int64_t>{}; })),
              (numbers::change{.version = run(all.get("x"))->version}));
    EXPECT_TRUE(run(all.modify("x", [](auto const& now) { return *now + 1; })).applied);
    EXPECT_EQ(run(all.get("x"))->value, 31);
}

// Somebody else is faster each time: the change itself sees to that.
TEST_P(versioned_test, gives_a_change_up_after_enough_attempts)
{
    numbers const all{db, {.attempts = 3}};
    auto rival = server.connect();
    int asked = 0;
    auto const why = failure_of([&] {
        return all.modify("x", [&](std::optional<std::int64_t>) {
            ++asked;
            rival.ask({"HSET", "redstart:versioned:default:{x}", "value", "7", "version",
                       std::to_string(asked)});
            return std::optional<std::int64_t>{1};
        });
    });
    ASSERT_TRUE(why);
    EXPECT_EQ(why->code(), failure_code::conflict);
    EXPECT_EQ(why->outcome(), outcome::refused);
    EXPECT_EQ(asked, 3);
    EXPECT_EQ(run(all.get("x"))->value, 7);
}

TEST_P(versioned_test, touches_its_own_key_only_and_goes_on_after_a_flush_of_scripts)
{
    client limited{loops, limited_to("redstart:versioned:default:{x}")};
    texts const mine{limited, {}};
    for (int i = 1; i <= 3; ++i) {
        auto const version = run(mine.set("x", "a")).version;
        ask(raw<ok>("SCRIPT FLUSH"));
        EXPECT_TRUE(run(mine.erase_if_version("x", version)).applied);
        ask(raw<ok>("SCRIPT FLUSH"));
    }
    EXPECT_EQ(failure_of([&] { return mine.set("y", "a"); }).value().server_code(), "NOPERM");
    EXPECT_TRUE(forbids_other_keys_in_scripts(limited));
    run(limited.stop());
    EXPECT_THROW((texts{db, {.attempts = 0}}), failure);
    EXPECT_THROW((texts{db, {.attempts = 1001}}), failure);
    EXPECT_NO_THROW((texts{db, {.attempts = 1000}}));
    EXPECT_THROW((texts{db, {.ttl = std::chrono::milliseconds{0}}}), failure);
}

// As where somebody else has removed a field.
// As where it expires between the read and the change.
TEST_P(versioned_test, begins_again_from_nothing_when_the_entry_goes_meanwhile)
{
    numbers const all{db, {}};
    auto rival = server.connect();
    run(all.set("x", 7));
    std::vector<std::optional<std::int64_t>> seen;
    auto const done = run(all.modify("x", [&](std::optional<std::int64_t> now) {
        seen.push_back(now);
        if (seen.size() == 1)
            rival.ask({"DEL", "redstart:versioned:default:{x}"});
        return std::optional<std::int64_t>{now.value_or(0) + 1};
    }));
    EXPECT_TRUE(done.applied);
    EXPECT_EQ(seen, (std::vector<std::optional<std::int64_t>>{7, std::nullopt}));
    EXPECT_EQ(run(all.get("x")), (version_of<std::int64_t>{1, done.version}));
}

task<texts::change> set_in_vain(texts const& to, std::int64_t version)
{
    co_return co_await within(std::chrono::milliseconds{20}, to.set_if_version("x", version, "b"));
}

TEST_P(versioned_test, changes_once_when_a_change_without_an_answer_is_sent_again)
{
    texts const all{db, {}};
    auto const version = run(all.set("x", "a")).version;
    server.pause();
    auto const unanswered = failure_of([&] { return set_in_vain(all, version); });
    server.resume();
    EXPECT_EQ(unanswered.value().outcome(), outcome::maybe_applied);
    auto const again = run(all.set_if_version("x", version, "b"));
    EXPECT_FALSE(again.applied);
    EXPECT_EQ(again.current, "b");
}

TEST_P(versioned_test, takes_half_an_entry_for_none)
{
    texts const all{db, {}};
    constexpr auto at = "redstart:versioned:default:{x}";
    for (auto const* const lost : {"value", "version"}) {
        auto const version = run(all.set("x", "a")).version;
        ask(raw<std::int64_t>("HDEL", at, lost));
        EXPECT_EQ(run(all.get("x")), std::nullopt);
        EXPECT_EQ(run(all.set_if_version("x", version, "b")), (texts::change{}));
        EXPECT_EQ(run(all.set_if_value("x", "a", "b")), (texts::change{}));
        EXPECT_EQ(run(all.erase_if_version("x", version)), (texts::change{}));
        EXPECT_TRUE(run(all.set_if_absent("x", "b")).applied);
        EXPECT_EQ(run(all.get("x")).value().value, "b");
    }
}

TEST_P(versioned_test, refuses_a_change_by_version_that_is_sent_again)
{
    texts const all{db, {}};
    auto const version = run(all.set_if_absent("x", "a")).version;
    EXPECT_EQ(run(all.set_if_absent("x", "a")),
              (texts::change{.version = version, .current = "a"}));
    auto const next = run(all.set_if_version("x", version, "b")).version;
    EXPECT_EQ(run(all.set_if_version("x", version, "b")),
              (texts::change{.version = next, .current = "b"}));
    EXPECT_TRUE(run(all.erase_if_version("x", next)).applied);
    EXPECT_EQ(ask(dbsize()), 0);
    EXPECT_EQ(run(all.erase_if_version("x", next)), (texts::change{}));
}

TEST_P(versioned_test, tells_that_its_key_is_something_else)
{
    ask(raw<ok>("SET", "redstart:versioned:default:{x}", "text"));
    texts const all{db, {}};
    for (auto const& why :
         {failure_of([&] { return all.get("x"); }), failure_of([&] { return all.set("x", "a"); }),
          failure_of([&] { return all.erase_if_version("x", 1); })})
        EXPECT_EQ(why.value().server_code(), "WRONGTYPE");
}

TEST_P(versioned_test, reports_what_it_holds_but_not_what_it_says)
{
    texts const mortal{db, {.ttl = std::chrono::hours{1}}};
    EXPECT_FALSE(run(mortal.report("x")).exists);
    auto const version = run(mortal.set("x", "12345")).version;
    auto told = run(mortal.report("x"));
    EXPECT_TRUE(told.exists);
    EXPECT_EQ(told.version, version);
    EXPECT_EQ(told.bytes, 5);
    EXPECT_GT(told.ttl_ms, 0);
    EXPECT_EQ(codec::to_json(told).find("12345"), std::string::npos);

    texts const eternal{db, {.name = "eternal"}};
    run(eternal.set("x", ""));
    told = run(eternal.report("x"));
    EXPECT_TRUE(told.exists);
    EXPECT_EQ(told.bytes, 0);
    EXPECT_EQ(told.ttl_ms, std::nullopt);
    ask(raw<std::int64_t>("HDEL", "redstart:versioned:eternal:{x}", "value"));
    EXPECT_FALSE(run(eternal.report("x")).exists);
}

TEST_P(versioned_test, throws_on_what_a_change_throws)
{
    numbers const all{db, {}};
    EXPECT_THROW(run(all.modify("x",
                                [](std::optional<std::int64_t>) -> std::optional<std::int64_t> {
                                    throw std::runtime_error{"no"};
                                })),
                 std::runtime_error);
    EXPECT_EQ(run(all.get("x")), std::nullopt);
}

TEST_P(versioned_test, tells_that_a_value_does_not_read_as_its_type)
{
    run(texts{db, {}}.set("x", "text"));
    auto const why = failure_of([&] { return numbers{db, {}}.get("x"); });
    EXPECT_EQ(why.value().code(), failure_code::decode_failed);
}

}  // namespace

}  // namespace redstart::toolkit::versioned_cases
