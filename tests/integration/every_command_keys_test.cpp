#include "redstart/command/keys.hpp"
#include "redstart/command/lists.hpp"
#include "redstart/command/sets.hpp"
#include "redstart/command/sort.hpp"
#include "tests/integration/every_command.hpp"

namespace redstart::integration {
namespace {

using texts = std::vector<std::string>;

server_time in_an_hour()
{
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()) + 1h;
}

void run_names(command_runner& run)
{
    run.exec(mset(std::pair{"a", 1}, std::pair{"b", 2}));
    EXPECT_EQ(run.exec(exists("a", "b", "none")), 2);
    EXPECT_EQ(run.exec(touch(texts{"a", "none"})), 1);
    EXPECT_EQ(run.exec(type("a")), "string");
    EXPECT_TRUE(run.exec(randomkey()));
    auto found = run.exec(keys_matching("[ab]"));
    std::ranges::sort(found);
    EXPECT_EQ(found, (texts{"a", "b"}));
    auto const page = run.exec(scan(0, {.match = "a*", .count = 100, .type = "string"}));
    EXPECT_EQ(page, (scan_page<std::string>{0, {"a"}}));

    run.exec(redstart::rename("a", "c"));
    EXPECT_FALSE(run.exec(renamenx("c", "b")));
    EXPECT_TRUE(run.exec(renamenx("c", "a")));
    EXPECT_EQ(run.fails(redstart::rename("none", "x")).code(), failure_code::server_error);
    EXPECT_FALSE(run.exec(copy("a", "b")));
    EXPECT_TRUE(run.exec(copy("a", "b", {.replace = true})));
    EXPECT_EQ(run.exec(get("b")), "1");
    EXPECT_TRUE(run.exec(copy("a", "a", {.database = 3})));
    EXPECT_FALSE(run.exec(redstart::move("a", 3))) << "it is there already";
    EXPECT_TRUE(run.exec(redstart::move("b", 3)));
    EXPECT_EQ(run.exec(del("a", "none")), 1);
    EXPECT_EQ(run.exec(unlink("a")), 0);
    EXPECT_EQ(run.exec(randomkey()), std::nullopt);
}

void run_expiry(command_runner& run)
{
    using when = expire_options::when;
    run.exec(set("k", "v"));
    EXPECT_EQ(run.exec(expire_time("k")), (expire_time_reply{.exists = true, .at = {}}));
    EXPECT_FALSE(run.exec(expire("k", 1h, {.condition = when::if_any})));
    EXPECT_TRUE(run.exec(expire("k", 1h, {.condition = when::if_none})));
    EXPECT_FALSE(run.exec(expire("k", 30min, {.condition = when::if_later})));
    EXPECT_TRUE(run.exec(expire("k", 30min, {.condition = when::if_sooner})));
    auto const end = in_an_hour();
    EXPECT_TRUE(run.exec(expire_at("k", end)));
    EXPECT_EQ(run.exec(expire_time("k")).at, end);
    EXPECT_GT(run.exec(ttl("k")).left, 50min);
    EXPECT_TRUE(run.exec(persist("k")));
    EXPECT_EQ(run.exec(ttl("none")), ttl_reply{});
    EXPECT_EQ(run.exec(expire_time("none")), expire_time_reply{});
}

void run_copies_elsewhere(command_runner& run)
{
    run.exec(set("k", "v"));
    auto const bytes = run.exec(dump("k"));
    ASSERT_TRUE(bytes);
    EXPECT_EQ(run.exec(dump("none")), std::nullopt);
    EXPECT_EQ(run.fails(restore("k", *bytes)).server_code(), "BUSYKEY");
    run.exec(restore("k", *bytes, {.ttl = 1h, .replace = true, .idle_time = 100s}));
    EXPECT_EQ(run.exec(get("k")), "v");
    EXPECT_GT(run.exec(ttl("k")).left, 50min);
    auto const end = in_an_hour();
    run.exec(restore("other", *bytes, {.expires_at = end}));
    EXPECT_EQ(run.exec(expire_time("other")).at, end);

    server_fixture target{{.program = run.how().program}};
    auto const address = target.tcp();
    migrate_target const there{.host = address.host, .port = address.port, .copy = true};
    EXPECT_EQ(run.exec(migrate(keys("k", "none"), there)), migration::done);
    EXPECT_EQ(run.exec(migrate(keys("none"), there)), migration::no_key);
    EXPECT_EQ(target.connect().ask({"GET", "k"}), "v");
}

void run_object(command_runner& run)
{
    run.exec(set("n", 12));
    EXPECT_EQ(run.exec(object_encoding("n")), "int");
    EXPECT_GE(run.exec(object_refcount("n")).value(), 1);
    EXPECT_GE(run.exec(object_idletime("n")).value(), 0s);
    EXPECT_EQ(run.exec(object_encoding("none")), std::nullopt);
    EXPECT_EQ(run.exec(object_idletime("none")), std::nullopt);
    EXPECT_EQ(run.fails(object_freq("n")).code(), failure_code::server_error)
        << "it evicts nothing by frequency";
}

void run_sort(command_runner& run)
{
    constexpr key_of<list<std::int64_t>> numbers{"numbers"};
    run.exec(rpush(numbers, {3, 1, 20}));
    EXPECT_EQ(run.exec(sort(numbers)), (std::vector<std::int64_t>{1, 3, 20}));
    EXPECT_EQ(run.exec(sort(numbers, {.as_text = true, .descending = true})),
              (std::vector<std::int64_t>{3, 20, 1}));
    EXPECT_EQ(run.exec(sort(numbers, {.offset = 1, .limit = 1})), (std::vector<std::int64_t>{3}));
    run.exec(mset(std::pair{"name:1", "one"}, std::pair{"name:3", "three"}));
    EXPECT_EQ(run.exec(sort_and_look_up(numbers, "name:*")),
              (std::vector<std::optional<std::string>>{"one", "three", std::nullopt}));
    EXPECT_EQ(run.exec(sort_and_store("sorted", numbers)), 3);
    EXPECT_EQ(run.exec(lrange("sorted")), (texts{"1", "3", "20"}));
    run.exec(sadd("set", {"b", "a"}));
    EXPECT_EQ(run.exec(sort("set", {.as_text = true})), (texts{"a", "b"}));
}

}  // namespace

void run_key_commands(command_runner& run)
{
    run_names(run);
    run_expiry(run);
    run_copies_elsewhere(run);
    run_object(run);
    run_sort(run);
}

}  // namespace redstart::integration
