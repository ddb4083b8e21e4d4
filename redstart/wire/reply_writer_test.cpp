// What the writer writes, byte for byte, in both protocols.

#include "redstart/wire/reply_writer.hpp"

#include "redstart/wire/recording_test.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <string>

namespace redstart::wire::testing {
namespace {

std::string written(wire::protocol const protocol, std::function<void(reply_writer&)> const& write)
{
    std::string bytes;
    reply_writer writer{bytes, protocol};
    write(writer);
    return bytes;
}

void expect_shapes(std::function<void(reply_writer&)> const& write, std::string_view const resp2,
                   std::string_view const resp3)
{
    EXPECT_EQ(written(protocol::resp2, write), resp2);
    EXPECT_EQ(written(protocol::resp3, write), resp3);
    EXPECT_EQ(parse(resp2).error, "");
    EXPECT_EQ(parse(resp3).error, "");
}

TEST(reply_writer, writes_what_both_protocols_have_alike)
{
    expect_shapes([](auto& to) { to.simple_string("OK"); }, "+OK\r\n", "+OK\r\n");
    expect_shapes([](auto& to) { to.simple_error("ERR no"); }, "-ERR no\r\n", "-ERR no\r\n");
    expect_shapes([](auto& to) { to.integer(-7); }, ":-7\r\n", ":-7\r\n");
    expect_shapes([](auto& to) { to.blob_string("a\r\nb"); }, "$4\r\na\r\nb\r\n",
                  "$4\r\na\r\nb\r\n");
    expect_shapes([](auto& to) { to.array(2).integer(1).array(0); }, "*2\r\n:1\r\n*0\r\n",
                  "*2\r\n:1\r\n*0\r\n");
}

TEST(reply_writer, writes_scalars_of_resp3_in_the_shape_that_resp2_has)
{
    expect_shapes([](auto& to) { to.null(); }, "$-1\r\n", "_\r\n");
    expect_shapes([](auto& to) { to.null_array(); }, "*-1\r\n", "_\r\n");
    expect_shapes([](auto& to) { to.boolean(true); }, ":1\r\n", "#t\r\n");
    expect_shapes([](auto& to) { to.boolean(false); }, ":0\r\n", "#f\r\n");
    expect_shapes([](auto& to) { to.real(1.5); }, "$3\r\n1.5\r\n", ",1.5\r\n");
    expect_shapes([](auto& to) { to.big_number("-12345678901234567890"); },
                  "$21\r\n-12345678901234567890\r\n", "(-12345678901234567890\r\n");
    expect_shapes([](auto& to) { to.blob_error("ERR a\r\nb"); }, "-ERR a  b\r\n",
                  "!8\r\nERR a\r\nb\r\n");
    expect_shapes([](auto& to) { to.verbatim_string("txt", "hi"); }, "$2\r\nhi\r\n",
                  "=6\r\ntxt:hi\r\n");
}

TEST(reply_writer, writes_aggregates_of_resp3_in_the_shape_that_resp2_has)
{
    expect_shapes([](auto& to) { to.map(1).simple_string("k").integer(1); }, "*2\r\n+k\r\n:1\r\n",
                  "%1\r\n+k\r\n:1\r\n");
    expect_shapes([](auto& to) { to.set(1).integer(1); }, "*1\r\n:1\r\n", "~1\r\n:1\r\n");
    expect_shapes([](auto& to) { to.push(1).simple_string("p"); }, "*1\r\n+p\r\n", ">1\r\n+p\r\n");
}

TEST(reply_writer, writes_doubles_that_are_no_decimals)
{
    constexpr auto infinity = std::numeric_limits<double>::infinity();
    expect_shapes([](auto& to) { to.real(infinity); }, "$3\r\ninf\r\n", ",inf\r\n");
    expect_shapes([](auto& to) { to.real(-infinity); }, "$4\r\n-inf\r\n", ",-inf\r\n");
    expect_shapes([](auto& to) { to.real(NAN); }, "$3\r\nnan\r\n", ",nan\r\n");
    expect_shapes([](auto& to) { to.real(-NAN); }, "$3\r\nnan\r\n", ",nan\r\n");
    expect_shapes([](auto& to) { to.real(1e300); }, "$6\r\n1e+300\r\n", ",1e+300\r\n");
}

TEST(reply_writer, writes_attributes_and_streams)
{
    EXPECT_EQ(written(protocol::resp3,
                      [](auto& to) { to.attribute(1).simple_string("ttl").integer(3).null(); }),
              "|1\r\n+ttl\r\n:3\r\n_\r\n");
    EXPECT_EQ(written(protocol::resp3,
                      [](auto& to) { to.begin_streamed_array().integer(1).end_streamed(); }),
              "*?\r\n:1\r\n.\r\n");
    EXPECT_EQ(written(protocol::resp3, [](auto& to) { to.begin_streamed_map().end_streamed(); }),
              "%?\r\n.\r\n");
    EXPECT_EQ(written(protocol::resp3, [](auto& to) { to.begin_streamed_set().end_streamed(); }),
              "~?\r\n.\r\n");
    EXPECT_EQ(
        written(
            protocol::resp3,
            [](auto& to) {
                to.begin_streamed_string().string_part("ab").string_part("").end_streamed_string();
            }),
        "$?\r\n;2\r\nab\r\n;0\r\n");
}

TEST(reply_writer, keeps_lines_on_one_line)
{
    expect_shapes([](auto& to) { to.simple_string("a\r\nb\n"); }, "+a  b \r\n", "+a  b \r\n");
    expect_shapes([](auto& to) { to.simple_error("\r"); }, "- \r\n", "- \r\n");
}

TEST(reply_writer, appends_to_what_is_there)
{
    std::string bytes = "+a\r\n";
    reply_writer{bytes}.simple_string("b").simple_error("c");
    EXPECT_EQ(bytes, "+a\r\n+b\r\n-c\r\n");
}

}  // namespace
}  // namespace redstart::wire::testing
