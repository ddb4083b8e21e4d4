// Streams: the bytes of every builder, and replies in the shapes of both protocols.

#include "redstart/base/failure.hpp"
#include "redstart/command/probe_test.hpp"
#include "redstart/command/stream_groups.hpp"
#include "redstart/command/stream_info.hpp"

#include <gtest/gtest.h>

#include <map>

namespace redstart::command_test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

struct order {
    std::string item;
    int count = 0;
    std::optional<double> price{};
    bool operator==(order const&) const = default;
};
BOOST_DESCRIBE_STRUCT(order, (), (item, count, price))

using readings = std::vector<std::pair<std::string, double>>;

constexpr key_of<stream<order>> orders{"orders"};
constexpr key_of<stream<readings>> sensor{"sensor"};
constexpr stream_id first_id{1, 2};
constexpr stream_id second_id{3, 0};

TEST(stream_ids, are_ordered_and_have_neighbours)
{
    EXPECT_LT(first_id, second_id);
    EXPECT_EQ(first_id.next(), (stream_id{1, 3}));
    EXPECT_EQ(second_id.previous(), (stream_id{2, stream_id::highest().sequence}));
    EXPECT_EQ((stream_id{1, stream_id::highest().sequence}).next(), (stream_id{2, 0}));
    EXPECT_EQ(stream_id::highest().next(), stream_id::highest());
    EXPECT_EQ(stream_id{}.previous(), stream_id{});
    EXPECT_EQ(stream_id::at(std::chrono::system_clock::time_point{1700s}),
              (stream_id{1'700'000, 0}));
    EXPECT_EQ(stream_id::at(std::chrono::system_clock::time_point{-5s}), stream_id{});
}

TEST(stream_ids, are_read_as_the_server_writes_them)
{
    expect_decoded("$3\r\n1-2\r\n", first_id);
    expect_decoded("+18446744073709551615-18446744073709551615\r\n", stream_id::highest());
    for (auto const* const bytes :
         {"+1\r\n", "+1-\r\n", "+-1\r\n", "+1-2-3\r\n", "+a-b\r\n", "_\r\n"})
        expect_mismatch<stream_id>(bytes);
}

TEST(commands_of_streams, add_names_and_values)
{
    expect_sent(xadd("k", {{"a", 1}, {"b", "x"}}), {"XADD", "k", "*", "a", "1", "b", "x"});
    expect_sent(xadd("k", std::map<std::string, int>{{"a", 1}}), {"XADD", "k", "*", "a", "1"});
    expect_sent(xadd(sensor, {{"heat", 1.5}}, {.id = first_id}),
                {"XADD", "sensor", "1-2", "heat", "1.5"});
    expect_sent(xadd("k", {{"a", 1}}, {.trim = stream_trim{.max_length = 10}}),
                {"XADD", "k", "MAXLEN", "~", "10", "*", "a", "1"});
    expect_sent(
        xadd_if_exists("k", {{"a", 1}}, {.trim = stream_trim{.min_id = first_id, .limit = 5}}),
        {"XADD", "k", "NOMKSTREAM", "MINID", "~", "1-2", "LIMIT", "5", "*", "a", "1"});
}

TEST(commands_of_streams, add_the_members_of_a_struct)
{
    expect_sent(xadd(orders, {"book", 2}), {"XADD", "orders", "*", "item", "book", "count", "2"});
    expect_sent(xadd(orders, {.item = "pen", .price = 1.5}),
                {"XADD", "orders", "*", "item", "pen", "count", "0", "price", "1.5"});
    expect_sent(xadd_if_exists(orders, order{"x", 1}),
                {"XADD", "orders", "NOMKSTREAM", "*", "item", "x", "count", "1"});
}

TEST(commands_of_streams, trim_and_delete)
{
    expect_sent(xtrim(orders, {.max_length = 10, .exact = true, .limit = 7}),
                {"XTRIM", "orders", "MAXLEN", "=", "10"});
    expect_sent(xtrim("k", {.min_id = first_id}), {"XTRIM", "k", "MINID", "~", "1-2"});
    EXPECT_THROW(static_cast<void>(xtrim("k", {})), failure);
    EXPECT_THROW(static_cast<void>(xtrim("k", {.max_length = 1, .min_id = first_id})), failure);
    expect_sent(xdel("k", first_id), {"XDEL", "k", "1-2"});
    expect_sent(xdel(orders, {first_id, second_id}), {"XDEL", "orders", "1-2", "3-0"});
    EXPECT_THROW(static_cast<void>(xdel("k", std::vector<stream_id>{})), failure);
    expect_sent(xlen(orders), {"XLEN", "orders"});
    expect_sent(xsetid("k", second_id), {"XSETID", "k", "3-0"});
    expect_sent(xsetid("k", second_id, {.entries_added = 7, .max_deleted_id = first_id}),
                {"XSETID", "k", "3-0", "ENTRIESADDED", "7", "MAXDELETEDID", "1-2"});
}

TEST(commands_of_streams, read_ranges)
{
    constexpr auto most = "18446744073709551615-18446744073709551615";
    expect_sent(xrange("k"), {"XRANGE", "k", "0-0", most});
    expect_sent(xrange(orders, {.first = first_id.next(), .last = second_id, .count = 5}),
                {"XRANGE", "orders", "1-3", "3-0", "COUNT", "5"});
    expect_sent(xrevrange("k", {.first = first_id, .count = 1}),
                {"XREVRANGE", "k", most, "1-2", "COUNT", "1"});
}

TEST(commands_of_streams, read_on)
{
    expect_sent(xread(orders, first_id), {"XREAD", "STREAMS", "orders", "1-2"});
    expect_sent(xread("k", stream_position::end(), {.count = 3, .block = 5s}),
                {"XREAD", "COUNT", "3", "BLOCK", "5000", "STREAMS", "k", "$"});
    expect_sent(xread(std::map<std::string, stream_id>{{"a", first_id}, {"b", {}}}),
                {"XREAD", "STREAMS", "a", "b", "1-2", "0-0"});
    expect_sent(xread(std::vector<std::pair<std::string, stream_position>>{
                    {"a", stream_position::beginning()}, {"b", stream_position::end()}}),
                {"XREAD", "STREAMS", "a", "b", "0-0", "$"});
}

TEST(commands_of_streams, wait_only_if_told_to)
{
    EXPECT_FALSE(xread("k", first_id).is_blocking());
    EXPECT_TRUE(xread("k", first_id).is_idempotent());
    EXPECT_FALSE(xread("k", stream_position::end()).is_idempotent());
    EXPECT_TRUE(xread("k", first_id, {.block = wait_forever}).is_blocking());
    EXPECT_EQ(xread("k", first_id, {.block = 5s}).block_time(), 5s);
    EXPECT_FALSE(xreadgroup("k", {.group = "g", .consumer = "c"}).is_blocking());
    EXPECT_EQ(xreadgroup("k", {.group = "g", .consumer = "c", .block = 1s}).block_time(), 1s);
    EXPECT_FALSE(
        xreadgroup_pending("k", {.group = "g", .consumer = "c", .block = 1s}).is_blocking());
}

TEST(commands_of_consumer_groups, make_and_unmake_them)
{
    expect_sent(xgroup_create(orders, "g", stream_position::end(), {.make_stream = true}),
                {"XGROUP", "CREATE", "orders", "g", "$", "MKSTREAM"});
    expect_sent(xgroup_create("k", "g", first_id, {.entries_read = 4}),
                {"XGROUP", "CREATE", "k", "g", "1-2", "ENTRIESREAD", "4"});
    expect_sent(xgroup_destroy("k", "g"), {"XGROUP", "DESTROY", "k", "g"});
    expect_sent(xgroup_setid("k", "g", first_id, 9),
                {"XGROUP", "SETID", "k", "g", "1-2", "ENTRIESREAD", "9"});
    EXPECT_TRUE(xgroup_setid("k", "g", first_id).is_idempotent());
    EXPECT_FALSE(xgroup_setid("k", "g", stream_position::end()).is_idempotent());
    expect_sent(xgroup_createconsumer("k", "g", "c"), {"XGROUP", "CREATECONSUMER", "k", "g", "c"});
    expect_sent(xgroup_delconsumer("k", "g", "c"), {"XGROUP", "DELCONSUMER", "k", "g", "c"});
}

TEST(commands_of_consumer_groups, read_and_acknowledge)
{
    expect_sent(xreadgroup(orders, {.group = "g", .consumer = "c"}),
                {"XREADGROUP", "GROUP", "g", "c", "STREAMS", "orders", ">"});
    expect_sent(xreadgroup("k", {.group = "g",
                                 .consumer = "c",
                                 .count = 2,
                                 .block = 100ms,
                                 .acknowledge_at_once = true}),
                {"XREADGROUP", "GROUP", "g", "c", "COUNT", "2", "BLOCK", "100", "NOACK", "STREAMS",
                 "k", ">"});
    expect_sent(xreadgroup(keys("a", "b"), {.group = "g", .consumer = "c"}),
                {"XREADGROUP", "GROUP", "g", "c", "STREAMS", "a", "b", ">", ">"});
    expect_sent(xreadgroup_pending("k", {.group = "g", .consumer = "c", .count = 5}, first_id),
                {"XREADGROUP", "GROUP", "g", "c", "COUNT", "5", "STREAMS", "k", "1-2"});
    expect_sent(xack("k", "g", {first_id, second_id}), {"XACK", "k", "g", "1-2", "3-0"});
}

TEST(commands_of_consumer_groups, look_at_what_is_pending_and_take_it_over)
{
    constexpr auto most = "18446744073709551615-18446744073709551615";
    expect_sent(xpending("k", "g"), {"XPENDING", "k", "g"});
    expect_sent(xpending("k", {.group = "g"}), {"XPENDING", "k", "g", "0-0", most, "100"});
    expect_sent(xpending("k", {.group = "g", .count = 3, .idle = 2s, .consumer = "c"}),
                {"XPENDING", "k", "g", "IDLE", "2000", "0-0", most, "3", "c"});
    expect_sent(xclaim("k", first_id, {.group = "g", .consumer = "c", .min_idle = 3s}),
                {"XCLAIM", "k", "g", "c", "3000", "1-2"});
    expect_sent(
        xclaim_ids("k", {first_id, second_id},
                   {.group = "g", .consumer = "c", .idle = 1s, .deliveries = 4, .force = true}),
        {"XCLAIM", "k", "g", "c", "0", "1-2", "3-0", "IDLE", "1000", "RETRYCOUNT", "4", "FORCE",
         "JUSTID"});
    expect_sent(xautoclaim("k", {.group = "g", .consumer = "c", .min_idle = 1s}),
                {"XAUTOCLAIM", "k", "g", "c", "1000", "0-0"});
    expect_sent(xautoclaim_ids("k", {.group = "g", .consumer = "c", .from = first_id, .count = 5}),
                {"XAUTOCLAIM", "k", "g", "c", "0", "1-2", "COUNT", "5", "JUSTID"});
}

TEST(commands_of_streams, ask_about_them)
{
    expect_sent(xinfo_stream(orders), {"XINFO", "STREAM", "orders"});
    expect_sent(xinfo_stream_full("k"), {"XINFO", "STREAM", "k", "FULL", "COUNT", "10"});
    expect_sent(xinfo_groups("k"), {"XINFO", "GROUPS", "k"});
    expect_sent(xinfo_consumers("k", "g"), {"XINFO", "CONSUMERS", "k", "g"});
}

TEST(replies_of_streams, are_entries)
{
    using plain = stream_entry<>;
    expect_decoded("*2\r\n$3\r\n1-2\r\n*4\r\n$1\r\na\r\n$1\r\n1\r\n$1\r\nb\r\n$1\r\n2\r\n",
                   plain{first_id, {{"a", "1"}, {"b", "2"}}});
    expect_decoded("*2\r\n$3\r\n1-2\r\n*2\r\n$4\r\nheat\r\n$3\r\n1.5\r\n",
                   stream_entry<readings>{first_id, {{"heat", 1.5}}});
    for (auto const* const bytes : {"*2\r\n$3\r\n1-2\r\n*-1\r\n", "*1\r\n$3\r\n1-2\r\n", "_\r\n",
                                    "*2\r\n$3\r\n1-2\r\n*1\r\n$1\r\na\r\n"})
        expect_mismatch<plain>(bytes);
    using maybe = stream_entry<std::optional<stream_fields>>;
    for (auto const* const bytes : {"*2\r\n$3\r\n1-2\r\n*-1\r\n", "*2\r\n$3\r\n1-2\r\n_\r\n"})
        expect_decoded(bytes, maybe{first_id, std::nullopt});
    expect_decoded("*2\r\n$3\r\n1-2\r\n*2\r\n$1\r\na\r\n$1\r\n1\r\n",
                   maybe{first_id, stream_fields{{"a", "1"}}});
}

TEST(replies_of_streams, fill_the_members_of_a_struct)
{
    using typed = stream_entry<order>;
    expect_decoded(
        "*2\r\n$3\r\n1-2\r\n*4\r\n$4\r\nitem\r\n$4\r\nbook\r\n$5\r\ncount\r\n$1\r\n2\r\n",
        typed{first_id, {"book", 2}});
    expect_decoded("*2\r\n+1-2\r\n*8\r\n+new\r\n+x\r\n+price\r\n+1.5\r\n+count\r\n:2\r\n+item\r\n"
                   "$30\r\n012345678901234567890123456789\r\n",
                   typed{first_id, {"012345678901234567890123456789", 2, 1.5}});
    for (auto const* const bytes :
         {"*2\r\n+1-2\r\n*2\r\n+item\r\n+book\r\n",                     // no count
          "*2\r\n+1-2\r\n*4\r\n+item\r\n+book\r\n+count\r\n+many\r\n",  // no number
          "*2\r\n+1-2\r\n*3\r\n+item\r\n+book\r\n+count\r\n",           // no value
          "*2\r\n+1-2\r\n*4\r\n+item\r\n*0\r\n+count\r\n:1\r\n", "*2\r\n+1-2\r\n_\r\n"})
        expect_mismatch<typed>(bytes);
    expect_decoded("*2\r\n+1-2\r\n_\r\n", (stream_entry<std::optional<order>>{first_id, {}}));
}

TEST(replies_of_streams, are_batches_in_both_shapes)
{
    stream_batch<> single;
    single.push_back({first_id, {{"a", "1"}}});
    stream_batches<> several;
    several.emplace_back("s", std::vector<stream_entry<>>{{first_id, {{"a", "1"}}}});
    for (auto const* const bytes :
         {"*1\r\n*2\r\n$1\r\ns\r\n*1\r\n*2\r\n$3\r\n1-2\r\n*2\r\n$1\r\na\r\n$1\r\n1\r\n",
          "%1\r\n$1\r\ns\r\n*1\r\n*2\r\n$3\r\n1-2\r\n*2\r\n$1\r\na\r\n$1\r\n1\r\n"}) {
        expect_decoded(bytes, single);
        expect_decoded(bytes, several);
    }
    for (auto const* const bytes : {"*-1\r\n", "_\r\n", "*0\r\n", "%0\r\n"}) {
        expect_decoded(bytes, stream_batch<>{});
        expect_decoded(bytes, stream_batches<order>{});
    }
    expect_mismatch<stream_batch<>>("+OK\r\n");
}

TEST(replies_of_streams, say_what_is_pending)
{
    expect_decoded("*4\r\n:2\r\n$3\r\n1-2\r\n$3\r\n3-0\r\n*1\r\n*2\r\n$3\r\nann\r\n$1\r\n2\r\n",
                   pending_summary{2, first_id, second_id, {{"ann", 2}}});
    for (auto const* const bytes :
         {"*4\r\n:0\r\n$-1\r\n$-1\r\n*-1\r\n", "*4\r\n:0\r\n_\r\n_\r\n_\r\n"})
        expect_decoded(bytes, pending_summary{});
    expect_mismatch<pending_summary>("*2\r\n:0\r\n_\r\n");
    expect_decoded("*4\r\n$3\r\n1-2\r\n$3\r\nann\r\n:554\r\n:3\r\n",
                   pending_entry{first_id, "ann", 554ms, 3});
    expect_decoded("*3\r\n$3\r\n0-0\r\n*1\r\n$3\r\n1-2\r\n*0\r\n",
                   (autoclaimed<stream_id>{{}, {first_id}, {}}));
    expect_decoded(
        "*3\r\n$3\r\n3-0\r\n*1\r\n*2\r\n$3\r\n1-2\r\n*2\r\n+a\r\n+1\r\n*1\r\n$3\r\n3-0\r\n",
        (autoclaimed<stream_entry<>>{second_id, {{first_id, {{"a", "1"}}}}, {second_id}}));
}

}  // namespace
}  // namespace redstart::command_test
