#include "redstart/toolkit/bloom/bloom_module.hpp"

#include "redstart/testing/scripted_server.hpp"
#include "redstart/toolkit/on_servers_test.hpp"

namespace redstart::toolkit::bloom_module_suite {

namespace {

using testing::script;

constexpr std::string_view meta = "redstart:bloom:{users}";
constexpr std::string_view even_side = "redstart:bloom:{users}:a:0";
constexpr std::string_view odd_side = "redstart:bloom:{users}:b:0";
constexpr std::string_view config = "layout=module capacity=1000 rate=0.01";

std::string words(std::vector<std::string_view> const& all)
{
    std::string text = "*" + std::to_string(all.size()) + "\r\n";
    for (auto const& each : all)
        text.append("$")
            .append(std::to_string(each.size()))
            .append("\r\n")
            .append(each)
            .append("\r\n");
    return text;
}

std::string bulk(std::string_view text) { return words({text}).substr(4); }

// What a transaction is heard as, and how it is answered.
struct transaction {
    std::vector<std::string> commands;
    std::vector<std::string> replies;

    script& in(script& played) const
    {
        std::string heard = words({"MULTI"});
        std::string said = "+OK\r\n";
        for (auto const& each : commands) {
            heard += each;
            said += "+QUEUED\r\n";
        }
        said += "*" + std::to_string(replies.size()) + "\r\n";
        for (auto const& each : replies)
            said += each;
        return played.hears(heard + words({"EXEC"})).says(said);
    }
};

std::string metadata()
{
    return words({"HMGET", meta, "config", "live", "next", "making", "since"});
}
std::string metadata_says(std::string_view live, std::string_view next = {})
{
    auto const number = [](std::string_view text) {
        return text.empty() ? std::string{"_\r\n"} : bulk(text);
    };
    return "*5\r\n" + bulk(config) + number(live) + number(next) + "_\r\n_\r\n";
}

std::string asked(std::string_view side, std::string_view key)
{
    return words({"BF.MEXISTS", side, "redstart:whole", key});
}
std::string put(std::string_view side, std::string_view key)
{
    return words({"BF.INSERT", side, "NOCREATE", "ITEMS", key});
}

constexpr std::string_view not_found = "-ERR not found\r\n";

// A client of a server that answers as the documents of the module say, over RESP3.
class bloom_module_test : public ::testing::Test {
protected:
    ~bloom_module_test() override
    {
        if (db)
            loops.run(db->stop());
    }

    bloom_filter users()
    {
        server.plays(played);
        client_options options;
        options.server = server.endpoint();
        options.login.names_library = false;
        options.lanes = 1;
        db.emplace(loops, options);
        return {*db, {.name = "users", .capacity = 1000, .storage = bloom_storage::module}};
    }

    void check_says(std::string_view live, std::string const& even, std::string const& odd)
    {
        transaction{{metadata(), asked(even_side, "ada"), asked(odd_side, "ada")},
                    {metadata_says(live), even, odd}}
            .in(played);
    }

    script played = script{}.hears(words({"HELLO", "3"})).says("%1\r\n+proto\r\n:3\r\n");
    testing::scripted_server server;
    runtime loops{{.loops = 1}};
    std::optional<client> db;
};

TEST_F(bloom_module_test, believes_the_side_that_counts_if_it_is_whole)
{
    std::string const gone = "*2\r\n:0\r\n:0\r\n";
    std::string const without = "*2\r\n#t\r\n#f\r\n";
    std::string const with = "*2\r\n:1\r\n:1\r\n";
    check_says("8", without, gone);
    check_says("8", with, gone);
    check_says("9", with, without);
    check_says("8", gone, without);
    check_says("", without, without);
    auto const filter = users();
    EXPECT_EQ(loops.run(filter.might_contain("ada")), bloom_answer::absent);
    EXPECT_EQ(loops.run(filter.might_contain("ada")), bloom_answer::maybe);
    EXPECT_EQ(loops.run(filter.might_contain("ada")), bloom_answer::absent);
    EXPECT_EQ(loops.run(filter.might_contain("ada")), bloom_answer::maybe) << "evicted";
    EXPECT_EQ(loops.run(filter.might_contain("ada")), bloom_answer::maybe) << "no metadata";
    EXPECT_EQ(server.complaints(), "");
}

TEST_F(bloom_module_test, adds_to_both_sides_and_makes_none)
{
    for (auto const* const reply : {"*1\r\n:1\r\n", "*1\r\n:0\r\n", "-ERR not found\r\n"})
        transaction{{metadata(), put(even_side, "ada"), put(odd_side, "ada")},
                    {metadata_says("8", "9"), reply, "*1\r\n:1\r\n"}}
            .in(played);
    transaction{{metadata(), put(even_side, "ada"), put(odd_side, "ada")},
                {metadata_says("8"), "-ERR no room\r\n", std::string{not_found}}}
        .in(played);
    auto const filter = users();
    EXPECT_EQ(loops.run(filter.add("ada")), bloom_addition::added);
    EXPECT_EQ(loops.run(filter.add("ada")), bloom_addition::seen);
    EXPECT_EQ(loops.run(filter.add("ada")), bloom_addition::not_ready);
    EXPECT_THROW(loops.run(filter.add("ada")), failure) << "an error that says anything else";
    EXPECT_EQ(server.complaints(), "");
}

TEST_F(bloom_module_test, builds_a_generation_on_its_side)
{
    using namespace toolkit_detail;
    auto const sha1 = [](script_source const& sent) { return sent.sha1(); };
    played.hears(words({"EVALSHA", sha1(bloom_begin()), "3", meta, even_side, odd_side, config}))
        .says("*2\r\n_\r\n:9\r\n");
    transaction{{words({"BF.RESERVE", odd_side, "0.01", "1000"}), put(odd_side, "redstart:whole")},
                {"+OK\r\n", "*1\r\n:1\r\n"}}
        .in(played);
    played.hears(words({"EVALSHA", sha1(bloom_open()), "1", meta, "9"})).says(":1\r\n");
    transaction{{metadata(), put(odd_side, "ada")}, {metadata_says("8", "9"), "*1\r\n:1\r\n"}}.in(
        played);
    transaction{{metadata(), put(odd_side, "ada")}, {metadata_says("8", "11"), "*1\r\n:1\r\n"}}.in(
        played);
    transaction{{metadata(), put(odd_side, "ada")},
                {metadata_says("8", "9"), std::string{not_found}}}
        .in(played);
    auto const finish =
        words({"EVALSHA", sha1(bloom_finish_in_module()), "3", meta, even_side, odd_side, "9"});
    played.hears(finish).says(":1\r\n").hears(finish).says(":2\r\n");

    auto const filter = users();
    std::vector<std::string> const ada{"ada"};
    auto const build = loops.run(filter.rebuild());
    loops.run(build.add_all(ada));
    EXPECT_THROW(loops.run(build.add_all(ada)), failure) << "superseded";
    EXPECT_THROW(loops.run(build.add_all(ada)), failure) << "lost";
    loops.run(build.finish());
    EXPECT_THROW(loops.run(build.finish()), failure) << "lost";
    EXPECT_EQ(server.complaints(), "");
}

TEST_F(bloom_module_test, reports_keys_instead_of_bits)
{
    auto const only_ours = [](std::string_view side) {
        return words({"BF.MEXISTS", side, "redstart:whole"});
    };
    transaction{{metadata(), only_ours(even_side), only_ours(odd_side),
                 words({"BF.CARD", even_side}), words({"BF.CARD", odd_side})},
                {metadata_says("8"), "*1\r\n:1\r\n", "*1\r\n:0\r\n", ":251\r\n", ":0\r\n"}}
        .in(played);
    auto const told = loops.run(users().report());
    EXPECT_TRUE(told.ready);
    EXPECT_EQ(told.estimated_keys, 250);
    EXPECT_EQ(told.fill, 0.25);
    EXPECT_EQ(told.bits, 0U);
    EXPECT_EQ(server.complaints(), "");
}

TEST_F(bloom_module_test, is_found_by_asking_for_its_commands)
{
    auto const question = words({"COMMAND", "INFO", "BF.INSERT"});
    played.hears(question).says("*1\r\n*2\r\n$9\r\nbf.insert\r\n:-4\r\n");
    played.hears(question).says("*1\r\n_\r\n");
    users();
    EXPECT_EQ(loops.run(bloom_storage_of(*db)), bloom_storage::module);
    EXPECT_EQ(loops.run(bloom_storage_of(*db)), bloom_storage::strings);
    EXPECT_EQ(server.complaints(), "");
}

// What servers without the module say, and that the script which finishes does what it should: it needs no module.
class bloom_without_module_test : public on_servers {};
REDSTART_ON_SERVERS(bloom_without_module_test);

TEST_P(bloom_without_module_test, is_told)
{
    EXPECT_EQ(run(bloom_storage_of(db)), bloom_storage::strings);
    bloom_filter const users{db, {.storage = bloom_storage::module}};
    EXPECT_TRUE(failure_of([&] { return users.might_contain("ada"); }));
    EXPECT_TRUE(failure_of([&] { return users.rebuild(); }));
    EXPECT_TRUE(run(users.erase()));
    EXPECT_EQ(run(bloom_filter{db, {}}.might_contain("ada")), bloom_answer::maybe);
}

TEST_P(bloom_without_module_test, has_the_script_that_finishes_a_generation)
{
    auto const finished = [&](int generation) {
        return ask(
            toolkit_detail::bloom_finish_in_module()(keys(meta, even_side, odd_side), generation));
    };
    ask(raw<ignored>("HSET", meta, "live", 8, "next", 9));
    ask(raw<ignored>("SET", even_side, "old"));
    EXPECT_EQ(finished(9), 2) << "its filter is lost";
    ask(raw<ignored>("SET", odd_side, "new"));
    EXPECT_EQ(finished(11), 0) << "another one is being built";
    EXPECT_EQ(finished(9), 1);
    EXPECT_EQ(ask(raw<std::string>("HGET", meta, "live")), "9");
    EXPECT_EQ(ask(raw<std::int64_t>("EXISTS", even_side)), 0);
    EXPECT_EQ(ask(raw<std::int64_t>("EXISTS", odd_side)), 1);
    EXPECT_EQ(finished(9), 1) << "twice is once";
}

}  // namespace

}  // namespace redstart::toolkit::bloom_module_suite
