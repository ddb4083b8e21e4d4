#include "redstart/command/reply_value.hpp"

#include "redstart/command/probe_test.hpp"
#include "redstart/command/reply_reading.hpp"

#include <gtest/gtest.h>

namespace redstart::command_test {
namespace {

using kind = reply_value::kind;

reply_value value_of(std::string_view bytes)
{
    auto read = decoding<reply_value>{}.of(bytes, bytes.size() / 2);
    return read.value_or(reply_value{});
}

TEST(a_reply_value, holds_scalars_of_every_kind)
{
    EXPECT_TRUE(value_of("_\r\n").is_null());
    EXPECT_TRUE(value_of("$-1\r\n").is_null());
    EXPECT_EQ(value_of("+OK\r\n").text(), "OK");
    EXPECT_EQ(value_of("=7\r\ntxt:abc\r\n").text(), "abc");
    EXPECT_EQ(value_of("$26\r\nabcdefghijklmnopqrstuvwxyz\r\n").text(),
              "abcdefghijklmnopqrstuvwxyz");
    EXPECT_EQ(value_of(":-7\r\n").integer(), -7);
    EXPECT_EQ(value_of("$2\r\n-7\r\n").integer(), -7);
    EXPECT_EQ(value_of("+seven\r\n").integer(), std::nullopt);
    EXPECT_EQ(value_of(",1.5\r\n").real(), 1.5);
    EXPECT_EQ(value_of("$3\r\n1.5\r\n").real(), 1.5);
    EXPECT_EQ(value_of(":3\r\n").real(), 3.0);
    EXPECT_EQ(value_of("#t\r\n").truth(), true);
    EXPECT_EQ(value_of(":0\r\n").truth(), false);
    EXPECT_EQ(value_of(":2\r\n").truth(), std::nullopt);
}

TEST(a_reply_value, holds_lists_in_lists)
{
    auto const list = value_of("*4\r\n*0\r\n*2\r\n:1\r\n-ERR inside\r\n~1\r\n+a\r\n$-1\r\n");
    ASSERT_EQ(list.items().size(), 4u);
    EXPECT_EQ(list.is(), kind::list);
    EXPECT_EQ(list.items()[0].items().size(), 0u);
    EXPECT_EQ(list.items()[1].items()[1].is(), kind::error);
    EXPECT_EQ(list.items()[1].items()[1].text(), "ERR inside");
    EXPECT_EQ(list.items()[2].items()[0].text(), "a");
    EXPECT_TRUE(list.items()[3].is_null());
}

TEST(a_reply_value, finds_names_in_both_protocols)
{
    for (auto const* const bytes : {"%2\r\n+a\r\n:1\r\n+b\r\n*1\r\n+x\r\n",
                                    "*4\r\n$1\r\na\r\n:1\r\n$1\r\nb\r\n*1\r\n+x\r\n"}) {
        auto const record = value_of(bytes);
        ASSERT_NE(record.field("a"), nullptr);
        EXPECT_EQ(record.field("a")->integer(), 1);
        EXPECT_EQ(record.field("b")->items()[0].text(), "x");
        EXPECT_EQ(record.field("x"), nullptr) << "it is no name";
    }
}

struct sample {
    std::string name;
    std::uint64_t count = 0;
    std::optional<double> share;
    std::vector<std::int64_t> numbers;
    std::vector<std::pair<std::string, bool>> flags;
    bool operator==(sample const&) const = default;
};
bool read_reply(reply_value const& whole, sample& out)
{
    return reply_reading::record_reader{whole}
        .need("name", out.name)
        .need("count", out.count)
        .may("share", out.share)
        .need("numbers", out.numbers)
        .may("flags", out.flags)
        .fits();
}

TEST(a_struct, is_read_from_a_map_or_a_list_of_names_and_values)
{
    sample const wanted{"ada", 2, 0.5, {1, 2}, {{"up", true}}};
    expect_decoded("%6\r\n+name\r\n+ada\r\n+count\r\n:2\r\n+share\r\n,0.5\r\n+new\r\n*0\r\n"
                   "+numbers\r\n*2\r\n:1\r\n:2\r\n+flags\r\n%1\r\n+up\r\n#t\r\n",
                   wanted);
    expect_decoded("*10\r\n+name\r\n+ada\r\n+count\r\n:2\r\n+share\r\n$3\r\n0.5\r\n"
                   "+numbers\r\n*2\r\n:1\r\n:2\r\n+flags\r\n*2\r\n+up\r\n:1\r\n",
                   wanted);
    expect_decoded("%3\r\n+name\r\n+ada\r\n+count\r\n:2\r\n+numbers\r\n*0\r\n",
                   sample{"ada", 2, {}, {}, {}});
    expect_decoded("*1\r\n*6\r\n+name\r\n+ada\r\n+count\r\n:2\r\n+numbers\r\n*0\r\n",
                   std::vector<sample>{{"ada", 2, {}, {}, {}}});
}

TEST(a_struct, is_not_read_from_what_does_not_fit)
{
    for (auto const* const bytes :
         {"%2\r\n+name\r\n+ada\r\n+count\r\n:2\r\n",                          // no numbers
          "%3\r\n+name\r\n+ada\r\n+count\r\n:-2\r\n+numbers\r\n*0\r\n",       // negative
          "%3\r\n+name\r\n*0\r\n+count\r\n:2\r\n+numbers\r\n*0\r\n",          // no text
          "%3\r\n+name\r\n+ada\r\n+count\r\n:2\r\n+numbers\r\n*1\r\n+x\r\n",  // no number
          "*5\r\n+name\r\n+ada\r\n+count\r\n:2\r\n+numbers\r\n", "+OK\r\n", "_\r\n"})
        expect_mismatch<sample>(bytes);
}

}  // namespace
}  // namespace redstart::command_test
