// Streams and their consumer groups, on every server.

#include "redstart/command/stream_groups.hpp"
#include "redstart/command/stream_info.hpp"
#include "tests/integration/every_command.hpp"

namespace redstart::integration {
namespace {

struct order {
    std::string item;
    int count = 0;
    std::optional<double> price{};
    bool operator==(order const&) const = default;
};
BOOST_DESCRIBE_STRUCT(order, (), (item, count, price))

constexpr key_of<stream<order>> orders{"orders"};

using fields = stream_fields;

void add_and_read(command_runner& run)
{
    auto const first = run.exec(xadd(orders, {"book", 2}));
    auto const second = run.exec(xadd(orders, {"pen", 1, 0.1}));
    EXPECT_LT(first, second);
    EXPECT_EQ(run.exec(xadd_if_exists("none", {{"a", 1}})), std::nullopt);
    EXPECT_GT(run.exec(xadd_if_exists(orders, {"ink", 3})), second);
    EXPECT_EQ(run.exec(xlen(orders)), 3);

    auto const all = run.exec(xrange(orders));
    ASSERT_EQ(all.size(), 3u);
    EXPECT_EQ(all[0], (stream_entry<order>{first, {"book", 2}}));
    EXPECT_EQ(all[1].body, (order{"pen", 1, 0.1}));
    EXPECT_EQ(run.exec(xrange(orders, {.first = first.next(), .count = 1}))[0].id, second);
    EXPECT_EQ(run.exec(xrevrange(orders, {.count = 1}))[0].body, (order{"ink", 3}));
    EXPECT_EQ(run.exec(xrange("orders", {.last = first})),
              (std::vector<stream_entry<>>{{first, {{"item", "book"}, {"count", "2"}}}}));

    EXPECT_EQ(run.exec(xread(orders, second)).size(), 1u);
    EXPECT_EQ(run.exec(xread(orders, stream_position::end())).size(), 0u);
    auto const several = run.exec(
        xread(std::map<std::string, stream_id>{{"none", {}}, {"orders", second}}, {.count = 5}));
    ASSERT_EQ(several.size(), 1u);
    EXPECT_EQ(several[0].first, "orders");

    EXPECT_EQ(run.exec(xdel(orders, {first, stream_id{1, 1}})), 1);
    EXPECT_EQ(run.exec(xtrim(orders, {.max_length = 1, .exact = true})), 1);
    EXPECT_EQ(run.exec(xlen(orders)), 1);
    run.exec(xsetid(orders, stream_id::highest().previous(), {.entries_added = 9}));
    EXPECT_EQ(run.exec(xadd(orders, {"last", 1}, {.trim = stream_trim{.max_length = 9}})),
              stream_id::highest());
    EXPECT_EQ(run.exec(xinfo_stream(orders)).entries_added, 10u);
}

// Three entries, of which a group has delivered two to one consumer; the second is deleted then.
void read_in_a_group(command_runner& run)
{
    for (std::uint64_t i = 1; i <= 3; ++i)
        run.exec(xadd("s", {{"n", i}}, {.id = stream_id{i, 1}}));
    run.exec(xgroup_create("s", "g", stream_position::beginning()));
    EXPECT_EQ(run.fails(xgroup_create("s", "g", stream_position::end())).server_code(),
              "BUSYGROUP");
    EXPECT_EQ(run.exec(xpending("s", "g")), pending_summary{});
    EXPECT_TRUE(run.exec(xgroup_createconsumer("s", "g", "idle")));
    EXPECT_FALSE(run.exec(xgroup_createconsumer("s", "g", "idle")));
    run.exec(xgroup_create("other", "g", stream_position::end(), {.make_stream = true}));

    auto const batch = run.exec(xreadgroup("s", {.group = "g", .consumer = "ann", .count = 2}));
    ASSERT_EQ(batch.size(), 2u);
    EXPECT_EQ(batch[1], (stream_entry<>{{2, 1}, {{"n", "2"}}}));
    EXPECT_EQ(run.exec(xdel("s", stream_id{2, 1})), 1);
    auto const again = run.exec(xreadgroup_pending("s", {.group = "g", .consumer = "ann"}));
    ASSERT_EQ(again.size(), 2u);
    EXPECT_EQ(again[0].body, (fields{{"n", "1"}}));
    EXPECT_EQ(again[1].body, std::nullopt) << "it was deleted";
    EXPECT_EQ(run.exec(xreadgroup(keys("s", "other"), {.group = "g", .consumer = "bob"})).size(),
              1u);
    EXPECT_TRUE(run.exec(xreadgroup("s", {.group = "g", .consumer = "bob"})).empty());
    EXPECT_EQ(run.exec(xack("s", "g", stream_id{3, 1})), 1);
}

void take_over(command_runner& run)
{
    EXPECT_EQ(run.exec(xpending("s", "g")),
              (pending_summary{2, stream_id{1, 1}, stream_id{2, 1}, {{"ann", 2}}}));
    auto const waiting = run.exec(xpending("s", {.group = "g", .consumer = "ann"}));
    ASSERT_EQ(waiting.size(), 2u);
    EXPECT_EQ(waiting[0].consumer, "ann");
    EXPECT_GE(waiting[0].deliveries, 1u);
    EXPECT_TRUE(run.exec(xpending("s", {.group = "g", .idle = 1h})).empty());

    claiming const by_bob{.group = "g", .consumer = "bob"};
    EXPECT_EQ(run.exec(xclaim("s", stream_id{1, 1}, by_bob)),
              (std::vector<stream_entry<>>{{{1, 1}, {{"n", "1"}}}}));
    EXPECT_EQ(run.exec(xclaim_ids("s", {stream_id{1, 1}}, by_bob)), (std::vector{stream_id{1, 1}}));
    auto const claimed = run.exec(xautoclaim("s", {.group = "g", .consumer = "ann"}));
    EXPECT_EQ(claimed.next, stream_id{});
    EXPECT_EQ(claimed.claimed, (std::vector<stream_entry<>>{{{1, 1}, {{"n", "1"}}}}));
    EXPECT_EQ(claimed.deleted, (std::vector{stream_id{2, 1}}));
    EXPECT_EQ(run.exec(xautoclaim_ids("s", {.group = "g", .consumer = "bob"})).claimed,
              (std::vector{stream_id{1, 1}}));
}

void ask_about_it(command_runner& run)
{
    auto const info = run.exec(xinfo_stream("s"));
    EXPECT_EQ(info.length, 2u);
    EXPECT_EQ(info.groups, 1u);
    EXPECT_EQ(info.first, (stream_entry<>{{1, 1}, {{"n", "1"}}}));
    EXPECT_EQ(info.last_id, (stream_id{3, 1}));
    EXPECT_EQ(run.exec(xinfo_stream("other")).first, std::nullopt);

    auto const groups = run.exec(xinfo_groups("s"));
    ASSERT_EQ(groups.size(), 1u);
    EXPECT_EQ(groups[0].name, "g");
    EXPECT_EQ(groups[0].consumers, 3u);
    EXPECT_EQ(groups[0].pending, 1u);
    auto const consumers = run.exec(xinfo_consumers("s", "g"));
    ASSERT_EQ(consumers.size(), 3u);
    EXPECT_EQ(consumers[1].name, "bob");
    EXPECT_EQ(consumers[1].pending, 1u);

    auto const full = run.exec(xinfo_stream_full("s", 1));
    EXPECT_EQ(full.entries.size(), 1u);
    ASSERT_EQ(full.groups.size(), 1u);
    ASSERT_EQ(full.groups[0].pending_entries.size(), 1u);
    EXPECT_EQ(full.groups[0].pending_entries[0].consumer, "bob");
    EXPECT_GT(full.groups[0].pending_entries[0].delivered.time_since_epoch(), 0s);
    ASSERT_EQ(full.groups[0].consumers.size(), 3u);
    EXPECT_EQ(full.groups[0].consumers[1].pending_entries.at(0).id, (stream_id{1, 1}));
}

}  // namespace

void run_stream_commands(command_runner& run)
{
    add_and_read(run);
    read_in_a_group(run);
    take_over(run);
    ask_about_it(run);
    run.exec(xgroup_setid("s", "g", stream_id{1, 1}));
    EXPECT_EQ(
        run.exec(xreadgroup("s", {.group = "g", .consumer = "bob", .acknowledge_at_once = true}))
            .size(),
        1u);
    EXPECT_EQ(run.exec(xgroup_delconsumer("s", "g", "bob")), 1);
    EXPECT_TRUE(run.exec(xgroup_destroy("s", "g")));
    EXPECT_FALSE(run.exec(xgroup_destroy("s", "g")));
}

}  // namespace redstart::integration
