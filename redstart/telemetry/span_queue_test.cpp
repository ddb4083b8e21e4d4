#include "redstart/telemetry/span_queue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace redstart::telemetry {

namespace {

std::vector<span_record> named(std::initializer_list<char const*> names)
{
    std::vector<span_record> spans;
    for (auto const* const name : names)
        spans.emplace_back().name = name;
    return spans;
}

std::vector<std::string> names_of(std::vector<span_record> const& spans)
{
    std::vector<std::string> names;
    for (auto const& span : spans)
        names.push_back(span.name);
    return names;
}

}  // namespace

TEST(span_queue, gives_spans_back_in_order_across_batches)
{
    span_queue queue{10};
    EXPECT_EQ(queue.add(named({"a", "b", "c"})), 0U);
    EXPECT_EQ(queue.add(named({"d"})), 0U);
    EXPECT_EQ(queue.add(named({"e", "f"})), 0U);
    EXPECT_EQ(queue.size(), 6U);
    EXPECT_THAT(names_of(queue.remove(2)), testing::ElementsAre("a", "b"));
    EXPECT_THAT(names_of(queue.remove(3)), testing::ElementsAre("c", "d", "e"));
    EXPECT_THAT(names_of(queue.remove(3)), testing::ElementsAre("f"));
    EXPECT_THAT(names_of(queue.remove(3)), testing::IsEmpty());
    EXPECT_TRUE(queue.empty());
}

TEST(span_queue, keeps_no_more_than_its_capacity)
{
    span_queue queue{3};
    EXPECT_EQ(queue.add(named({"a", "b"})), 0U);
    EXPECT_EQ(queue.add(named({"c", "d", "e"})), 2U);
    EXPECT_EQ(queue.add(named({"f"})), 1U);
    EXPECT_EQ(queue.size(), 3U);
    EXPECT_THAT(names_of(queue.remove(1)), testing::ElementsAre("a"));
    EXPECT_EQ(queue.add(named({"g", "h"})), 1U);
    EXPECT_THAT(names_of(queue.remove(9)), testing::ElementsAre("b", "c", "g"));
}

TEST(span_queue, an_empty_batch_changes_nothing)
{
    span_queue queue{1};
    EXPECT_EQ(queue.add({}), 0U);
    EXPECT_TRUE(queue.empty());
    EXPECT_TRUE(queue.remove(1).empty());
}

}  // namespace redstart::telemetry
