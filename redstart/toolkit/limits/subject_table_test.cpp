#include "redstart/toolkit/limits/subject_table.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>

namespace redstart::toolkit::remembering {

namespace {

using namespace std::chrono_literals;
using time_point = boot_clock::time_point;

struct remark {
    time_point until{};
    std::string text;
};

class subject_table_test : public ::testing::Test {
protected:
    void remember(std::string const& subject, boot_clock::duration wait)
    {
        table.find_or_make(subject, [&](remark* it, time_point now) {
            ASSERT_NE(it, nullptr);
            *it = {now + wait, subject};
        });
    }
    std::string known_of(std::string const& subject)
    {
        return table.find(subject, [](remark const* it, time_point) {
            return it ? it->text : std::string{"nothing"};
        });
    }

    toolkit_detail::subject_table<remark> table{1024};
};

TEST_F(subject_table_test, takes_nobody_for_another)
{
    std::size_t known = 0;
    for (int i = 0; i < 20'000; ++i) {
        auto const subject = std::to_string(i);
        EXPECT_EQ(known_of(subject), "nothing");
        remember(subject, 1h);
        EXPECT_EQ(known_of(subject), subject);
    }
    for (int i = 0; i < 20'000; ++i) {
        auto const found = known_of(std::to_string(i));
        known += found != "nothing" ? 1 : 0;
        EXPECT_TRUE(found == "nothing" || found == std::to_string(i)) << found;
    }
    EXPECT_EQ(known, 1024U) << "it is full";
}

TEST_F(subject_table_test, knows_all_as_long_as_there_is_plenty_of_room)
{
    for (int i = 0; i < 256; ++i)
        remember(std::string(static_cast<std::size_t>(i), 'x'), 1h);
    for (int i = 0; i < 256; ++i)
        EXPECT_EQ(known_of(std::string(static_cast<std::size_t>(i), 'x')).size(),
                  static_cast<std::size_t>(i));
}

TEST_F(subject_table_test, gives_the_place_away_whose_time_ends_first)
{
    toolkit_detail::subject_table<remark> row{16};
    auto const name = [](int i) { return std::to_string(i); };
    for (int i = 0; i < 20; ++i)  // the later one is told, the sooner it ends
        row.find_or_make(name(i), [&](remark* it, time_point now) {
            *it = {now + 1h - std::chrono::seconds{i}, name(i)};
        });
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(row.find(name(i), [](remark const* it, time_point) { return it != nullptr; }),
                  i < 15 || i == 19)
            << i;
}

TEST_F(subject_table_test, starts_anew_with_what_has_ended)
{
    remember("ada", 0s);
    EXPECT_EQ(known_of("ada"), "nothing");
    table.find_or_make("ada", [](remark const* it, time_point) { EXPECT_EQ(it->text, ""); });
}

TEST_F(subject_table_test, is_used_by_several_threads_at_once)
{
    auto const use = [this] {
        for (int i = 0; i < 20'000; ++i)
            table.find_or_make(std::to_string(i % 100), [](remark* it, time_point now) {
                it->until = now + 1h;
                it->text.push_back('x');
            });
    };
    {
        std::jthread const other{use};
        use();
    }
    for (int i = 0; i < 100; ++i)
        EXPECT_EQ(known_of(std::to_string(i)).size(), 400U);
}

}  // namespace

}  // namespace redstart::toolkit::remembering
