#include "redstart/telemetry/utf8.hpp"

#include <gtest/gtest.h>

namespace redstart::telemetry {

TEST(utf8, accepts_what_is_well_formed)
{
    for (std::string_view const text :
         {"", "plain", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
          "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "a\xc3\xa9z"}) {
        std::string storage;
        EXPECT_TRUE(is_utf8(text)) << text;
        EXPECT_EQ(as_utf8(text, storage).data(), text.data()) << "copied " << text;
    }
}

TEST(utf8, replaces_each_byte_that_does_not_fit)
{
    struct row {
        std::string_view given, made;
    };
    for (auto const& [given, made] : {
             row{"\x80", "\xef\xbf\xbd"},  // a continuation alone
             row{"\xc3", "\xef\xbf\xbd"},  // cut off
             row{"a\xff"
                 "b",
                 "a\xef\xbf\xbd"
                 "b"},                                                     // never a byte of it
             row{"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},                  // overlong
             row{"\xe0\x80\xaf", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},  // overlong
             row{"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},  // a surrogate
             row{"\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
             row{"\xe2\x82"
                 "x\xc3\xa9",
                 "\xef\xbf\xbd\xef\xbf\xbdx\xc3\xa9"},
         }) {
        std::string storage;
        EXPECT_FALSE(is_utf8(given));
        auto const made_of_it = as_utf8(given, storage);
        EXPECT_EQ(made_of_it, made);
        EXPECT_TRUE(is_utf8(made_of_it));
    }
}

}  // namespace redstart::telemetry
