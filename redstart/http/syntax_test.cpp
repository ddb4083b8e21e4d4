#include "redstart/http/syntax.hpp"

#include "redstart/http/method.hpp"
#include "redstart/http/status.hpp"

#include <gtest/gtest.h>

namespace redstart::http {
namespace {

TEST(Syntax, ComparesAsciiOnlyWithoutCase)
{
    EXPECT_TRUE(equal_ignoring_case("Content-LENGTH", "content-length"));
    EXPECT_FALSE(equal_ignoring_case("Content-Length", "Content-Lengt"));
    EXPECT_FALSE(equal_ignoring_case("\xC4", "\xE4"));
    EXPECT_FALSE(equal_ignoring_case("@", "`"));  // differ in the same bit as A and a
}

TEST(Syntax, KnowsTokensAndFieldValues)
{
    EXPECT_TRUE(is_token("X-Forwarded-For"));
    EXPECT_TRUE(is_token("!#$%&'*+-.^_`|~09azAZ"));
    for (auto const* const bad : {"", "a b", "a:b", "a\r\n", "(", "\xE4", "a/b"})
        EXPECT_FALSE(is_token(bad)) << bad;
    EXPECT_TRUE(is_field_value("text/plain; charset=\"utf-8\"\t\xC3\xA4"));
    EXPECT_TRUE(is_field_value(""));
    for (auto const& bad :
         {std::string{"a\r"}, std::string{"a\nb"}, std::string{"\0", 1}, std::string{"\x7f"}})
        EXPECT_FALSE(is_field_value(bad)) << bad;
}

TEST(Syntax, WalksLists)
{
    std::string_view list = " a ,, b,c\t, ";
    EXPECT_EQ(next_in_list(list), "a");
    EXPECT_EQ(next_in_list(list), "b");
    EXPECT_EQ(next_in_list(list), "c");
    EXPECT_EQ(next_in_list(list), std::nullopt);
    EXPECT_TRUE(list_has("keep-alive, Close", "close"));
    EXPECT_FALSE(list_has("keep-alive, closed", "close"));
}

TEST(Syntax, ReadsDigitsAndNothingElse)
{
    EXPECT_EQ(parse_digits("0"), 0u);
    EXPECT_EQ(parse_digits("18446744073709551615"), 18446744073709551615u);
    for (auto const* const bad : {"", "+5", "-5", " 5", "5 ", "5,5", "0x5", "18446744073709551616"})
        EXPECT_EQ(parse_digits(bad), std::nullopt) << bad;
}

TEST(Syntax, DecodesPercentOnce)
{
    std::string out;
    EXPECT_TRUE(percent_decode("a%2Fb%252F+%c3%A4", out));
    EXPECT_EQ(out, "a/b%2F+\xC3\xA4");
    out.clear();
    EXPECT_TRUE(form_decode("a+b%2B", out));
    EXPECT_EQ(out, "a b+");
    for (auto const* const bad : {"%", "%4", "%4g", "%g4", "a%00b", "%-1"})
        EXPECT_FALSE(percent_decode(bad, out)) << bad;
}

TEST(Method, NamesAreCaseSensitive)
{
    EXPECT_EQ(to_method("DELETE"), method::del);
    EXPECT_EQ(to_string(method::del), "DELETE");
    EXPECT_EQ(to_method("get"), method::unknown);
    EXPECT_EQ(to_method("_OTHER"), method::unknown);
    method_set set;
    EXPECT_TRUE(set.empty());
    set.add(method::post);
    set.add(method::get);
    EXPECT_EQ(to_string(set), "GET, POST");
    EXPECT_FALSE(set.has(method::put));
}

TEST(Status, HasItsPhrase)
{
    EXPECT_EQ(reason_phrase(100), "Continue");
    EXPECT_EQ(reason_phrase(200), "OK");
    EXPECT_EQ(reason_phrase(431), "Request Header Fields Too Large");
    EXPECT_EQ(reason_phrase(511), "Network Authentication Required");
    EXPECT_EQ(reason_phrase(299), "Unknown");
    EXPECT_EQ(reason_phrase(999), "Unknown");
}

}  // namespace
}  // namespace redstart::http
