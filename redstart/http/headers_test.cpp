#include "redstart/http/headers.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace redstart::http {
namespace {

TEST(RequestHeaders, AreFoundWithoutCase)
{
    request_headers headers;
    headers.add("Host", "a");
    headers.add("Accept", "x");
    headers.add("accept", "y, Z");
    EXPECT_EQ(headers.get("ACCEPT"), "x");
    EXPECT_EQ(headers.get("Accep"), std::nullopt);
    EXPECT_EQ(headers.count("Accept"), 2u);
    EXPECT_TRUE(headers.list_has("Accept", "z"));
    EXPECT_FALSE(headers.list_has("Host", "z"));
    headers.clear();
    EXPECT_EQ(headers.size(), 0u);
}

TEST(ResponseHeaders, AreKeptAsTheyAreSent)
{
    response_headers headers;
    headers.set("X-One", "1");
    headers.add("X-Two", "2");
    headers.add("x-two", "3");
    EXPECT_EQ(headers.text(), "X-One: 1\r\nX-Two: 2\r\nx-two: 3\r\n");
    EXPECT_EQ(headers.get("x-one"), "1");
    headers.set("X-Two", "");
    EXPECT_EQ(headers.text(), "X-One: 1\r\nX-Two: \r\n");
    EXPECT_EQ(headers.get("X-Two"), "");
    headers.erase("X-ONE");
    EXPECT_EQ(headers.text(), "X-Two: \r\n");
    EXPECT_EQ(headers.get("X-One"), std::nullopt);
}

TEST(ResponseHeaders, RefuseWhatWouldBreakTheMessage)
{
    response_headers headers;
    EXPECT_THROW(headers.set("X", "a\r\nSet-Cookie: b"), std::invalid_argument);
    EXPECT_THROW(headers.add("X", "a\nb"), std::invalid_argument);
    EXPECT_THROW(headers.add("X", std::string_view{"\0", 1}), std::invalid_argument);
    EXPECT_THROW(headers.add("X: y", "b"), std::invalid_argument);
    EXPECT_THROW(headers.add("", "b"), std::invalid_argument);
    for (auto const* const framing : {"content-length", "Transfer-Encoding", "CONNECTION", "Date"})
        EXPECT_THROW(headers.set(framing, "1"), std::invalid_argument) << framing;
    EXPECT_TRUE(headers.empty());
}

}  // namespace
}  // namespace redstart::http
