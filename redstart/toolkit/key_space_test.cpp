#include "redstart/toolkit/key_space.hpp"

#include "redstart/base/failure.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace redstart::toolkit {

namespace {

std::string text_in(key_space const& space, std::string_view name)
{
    return std::string{space.key_of<std::string>(name).text()};
}

std::string in_cache(std::string_view name) { return text_in(key_space{"shop", "cache"}, name); }

TEST(key_space, puts_the_name_between_braces)
{
    EXPECT_EQ(in_cache("ada"), "shop:cache:{ada}");
    EXPECT_EQ(in_cache("user:7:größe"), "shop:cache:{user:7:größe}");
    EXPECT_EQ(in_cache("\xff\x80"), "shop:cache:{\xff\x80}");
}

TEST(key_space, escapes_what_would_end_the_tag_or_the_line)
{
    EXPECT_EQ(in_cache("}{other}"), "shop:cache:{%7D%7Bother%7D}");
    EXPECT_EQ(in_cache("100%"), "shop:cache:{100%25}");
    EXPECT_EQ(in_cache(std::string_view{"a\0b\r\n\x7f", 6}), "shop:cache:{a%00b%0D%0A%7F}");
}

TEST(key_space, gives_the_empty_name_a_tag_too) { EXPECT_EQ(in_cache(""), "shop:cache:{%}"); }

TEST(key_space, digests_names_that_are_long)
{
    std::string const longest(key_space::longest_plain_name, 'x');
    EXPECT_EQ(in_cache(longest), "shop:cache:{" + longest + "}");
    // The digest is what sha256sum says of 129 times x.
    EXPECT_EQ(
        in_cache(longest + 'x'),
        "shop:cache:{%sha256-0ec9eb33e74510bcdd1f2ea55206e82f21649c5c2becbf2b433eb475b34c01bd}");
    EXPECT_NE(in_cache(longest + 'x'), in_cache(longest + 'y'));
    EXPECT_LT(in_cache(std::string(1'000'000, 'x')).size(), 100U);
}

TEST(key_space, gives_every_name_a_key_of_its_own)
{
    static constexpr std::string_view bytes{"{}%7BD25\0\n a", 12};
    std::mt19937 random{7};
    std::set<std::string> names{""};
    std::set<std::string> keys{in_cache("")};
    for (int i = 0; i < 20'000; ++i) {
        std::string name;
        for (auto left = random() % 8; left > 0; --left)
            name.push_back(bytes[random() % bytes.size()]);
        auto const key = in_cache(name);
        auto const tag = std::string_view{key}.substr(12, key.size() - 13);
        EXPECT_EQ(tag.find_first_of("{}"), std::string_view::npos);
        EXPECT_FALSE(tag.empty());
        EXPECT_EQ(names.insert(name).second, keys.insert(key).second) << name;
    }
}

TEST(key_space, refuses_a_prefix_or_kind_that_could_be_mistaken)
{
    auto const refused = [](std::string_view prefix, std::string_view kind) {
        try {
            key_space const space{prefix, kind};
        } catch (failure const& why) {
            return why.code() == failure_code::invalid_argument &&
                   why.outcome() == outcome::not_sent &&
                   std::string_view{why.where().file_name()}.ends_with("key_space_test.cpp");
        }
        return false;
    };
    for (std::string_view const wrong : {"", "{a}", "a{", "}", "50%", "a b", "a\n", "gr\xc3\xbc"}) {
        EXPECT_TRUE(refused(wrong, "cache")) << wrong;
        EXPECT_TRUE(refused("shop", wrong)) << wrong;
    }
    EXPECT_TRUE(refused(std::string(65, 'a'), "cache"));
    EXPECT_FALSE(refused(std::string(64, 'a'), "cache"));
    EXPECT_FALSE(refused("shop:v2", "window:api:1000us"));
}

TEST(key_space, keeps_the_parts_of_an_object_in_one_slot)
{
    key_space const locks{"shop", "lock"};
    EXPECT_EQ(locks.key_of<std::string>("a:b", ":fence").text(), "shop:lock:{a:b}:fence");
    EXPECT_EQ(locks.key_of<std::string>("a:b").text(), "shop:lock:{a:b}");
}

}  // namespace

}  // namespace redstart::toolkit
