#include "redstart/task/cancellation.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace redstart {
namespace {

struct listener : cancel_node {
    explicit listener(std::function<void()> what) : cancel_node{&hear}, told{std::move(what)} {}
    static void hear(cancel_node& self)
    {
        EXPECT_FALSE(self.is_linked());
        static_cast<listener&>(self).told();
    }
    std::function<void()> told;
};

struct writer {  // a listener that writes its letter
    writer(char letter, std::string& into) : node{[letter, &into] { into += letter; }} {}
    listener node;
};

TEST(cancellation, tells_everybody_once_in_the_order_in_which_they_came)
{
    cancellation source;
    std::string order;
    writer a{'a', order};
    writer b{'b', order};
    writer c{'c', order};
    source.add(b.node);
    source.add(a.node);
    source.add(c.node);
    EXPECT_FALSE(source.is_requested());
    source.request();
    EXPECT_TRUE(source.is_requested());
    EXPECT_EQ(order, "bac");
    source.request();
    EXPECT_EQ(order, "bac");
}

TEST(cancellation, tells_nobody_who_has_left)
{
    cancellation source;
    std::string order;
    writer a{'a', order};
    writer b{'b', order};
    source.add(a.node);
    source.add(b.node);
    {
        writer gone{'g', order};
        source.add(gone.node);
        EXPECT_TRUE(gone.node.is_linked());
    }
    a.node.unlink();
    a.node.unlink();
    EXPECT_FALSE(a.node.is_linked());
    source.request();
    EXPECT_EQ(order, "b");
}

TEST(cancellation, lets_a_node_listen_again_elsewhere)
{
    cancellation first;
    cancellation second;
    std::string order;
    writer a{'a', order};
    first.add(a.node);
    first.request();
    second.add(a.node);
    second.request();
    EXPECT_EQ(order, "aa");
}

TEST(cancellation, reaches_children_where_they_stand)
{
    cancellation parent;
    std::string order;
    writer before{'1', order};
    writer after{'4', order};
    writer in_child{'2', order};
    writer in_grandchild{'3', order};
    parent.add(before.node);
    cancellation child{&parent};
    child.add(in_child.node);
    cancellation grandchild{&child};
    grandchild.add(in_grandchild.node);
    cancellation empty{&child};
    parent.add(after.node);
    parent.request();
    EXPECT_EQ(order, "1234");
    EXPECT_TRUE(child.is_requested());
    EXPECT_TRUE(grandchild.is_requested());
    EXPECT_TRUE(empty.is_requested());
}

TEST(cancellation, does_not_climb)
{
    cancellation parent;
    cancellation sibling{&parent};
    std::string order;
    writer a{'a', order};
    writer p{'p', order};
    cancellation child{&parent};
    child.add(a.node);
    parent.add(p.node);
    child.request();
    EXPECT_EQ(order, "a");
    EXPECT_FALSE(parent.is_requested());
    EXPECT_FALSE(sibling.is_requested());
    parent.request();
    EXPECT_EQ(order, "ap");
    EXPECT_TRUE(sibling.is_requested());
}

TEST(cancellation, is_requested_from_the_start_below_a_requested_parent)
{
    cancellation parent;
    parent.request();
    cancellation child{&parent};
    EXPECT_TRUE(child.is_requested());
    cancellation without{nullptr};
    EXPECT_FALSE(without.is_requested());
}

TEST(cancellation, forgets_a_child_that_ended)
{
    cancellation parent;
    std::string order;
    writer p{'p', order};
    {
        cancellation child{&parent};
    }
    parent.add(p.node);
    parent.request();
    EXPECT_EQ(order, "p");
}

TEST(cancellation, lets_the_told_destroy_themselves_and_others)
{
    cancellation source;
    auto second = std::make_unique<listener>([] { FAIL() << "it was destroyed before"; });
    std::unique_ptr<listener> first;
    first = std::make_unique<listener>([&] {
        second.reset();
        first.reset();
    });
    source.add(*first);
    source.add(*second);
    source.request();
    EXPECT_EQ(first, nullptr);
    EXPECT_EQ(second, nullptr);
}

TEST(cancellation, lets_the_told_request_it_again)
{
    cancellation source;
    int told = 0;
    listener again{[&] {
        ++told;
        source.request();
    }};
    listener other{[&] { ++told; }};
    source.add(again);
    source.add(other);
    source.request();
    EXPECT_EQ(told, 2);
}

// A child in the middle of telling its own listeners asks its parent: each is still told once.
TEST(cancellation, tells_everybody_once_when_a_child_takes_its_parent_along)
{
    cancellation parent;
    std::string order;
    writer p{'p', order};
    writer b{'b', order};
    cancellation child{&parent};
    listener a{[&] {
        order += 'a';
        parent.request();
    }};
    child.add(a);
    child.add(b.node);
    parent.add(p.node);
    child.request();
    EXPECT_EQ(order.size(), 3u) << order;
    EXPECT_NE(order.find('p'), std::string::npos);
    EXPECT_NE(order.find('b'), std::string::npos);
}

TEST(cancellation, reaches_a_hundred_thousand_generations_without_recursion)
{
    constexpr std::size_t generations = 100'000;
    std::vector<std::unique_ptr<cancellation>> line;
    line.push_back(std::make_unique<cancellation>());
    while (line.size() < generations)
        line.push_back(std::make_unique<cancellation>(line.back().get()));
    int told = 0;
    listener last{[&] { ++told; }};
    line.back()->add(last);
    line.front()->request();
    EXPECT_EQ(told, 1);
    while (!line.empty())
        line.pop_back();
}

TEST(cancellation_death, notices_a_listener_who_would_never_hear)
{
    EXPECT_DEATH(
        {
            cancellation source;
            source.request();
            listener late{[] {}};
            source.add(late);
        },
        "never hear");
}

TEST(cancellation_death, notices_a_source_that_ends_before_its_listeners)
{
    listener stays{[] {}};
    EXPECT_DEATH(cancellation{}.add(stays), "before those who listen");
    EXPECT_DEATH(
        {
            auto parent = std::make_unique<cancellation>();
            cancellation child{parent.get()};
            parent.reset();
        },
        "before those who listen");
}

}  // namespace
}  // namespace redstart
