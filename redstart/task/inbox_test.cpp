#include "redstart/task/scheduler.hpp"

#include <gtest/gtest.h>

#include <latch>
#include <memory>
#include <thread>
#include <vector>

namespace redstart {
namespace {

struct letter : ready_node {
    letter(int sender, int number) : ready_node{[](ready_node&) {}}, from{sender}, serial{number} {}
    int from;
    int serial;
};

// Takes everything out and returns how often each letter came, asserting the order of each sender.
class reader {
public:
    explicit reader(std::size_t senders) : next_(senders, 0) {}

    std::size_t read(inbox& box)
    {
        ready_list list;
        box.take_all(list);
        std::size_t count = 0;
        for (; !list.empty(); ++count) {
            auto const& taken = static_cast<letter&>(list.pop());
            EXPECT_EQ(taken.serial, next_[static_cast<std::size_t>(taken.from)]++);
        }
        return count;
    }

private:
    std::vector<int> next_;
};

TEST(inbox, gives_everything_in_the_order_in_which_it_came)
{
    inbox box;
    EXPECT_TRUE(box.empty());
    std::vector<std::unique_ptr<letter>> letters;
    for (int serial = 0; serial < 10; ++serial) {
        letters.push_back(std::make_unique<letter>(0, serial));
        EXPECT_EQ(box.push(*letters.back()), serial == 0) << "only the first wakes the reader";
    }
    EXPECT_FALSE(box.empty());
    reader only{1};
    EXPECT_EQ(only.read(box), 10u);
    EXPECT_TRUE(box.empty());
    EXPECT_EQ(only.read(box), 0u);
    letter more{0, 10};
    EXPECT_TRUE(box.push(more)) << "the next burst wakes again";
    EXPECT_EQ(only.read(box), 1u);
}

TEST(inbox, appends_to_what_the_reader_has)
{
    inbox box;
    ready_list list;
    letter first{0, 0};
    letter second{0, 1};
    list.push(first);
    box.push(second);
    box.take_all(list);
    EXPECT_EQ(&list.pop(), &first);
    EXPECT_EQ(&list.pop(), &second);
    EXPECT_TRUE(list.empty());
}

TEST(inbox, loses_nothing_among_several_senders_and_keeps_the_order_of_each)
{
    constexpr int senders = 4;
    constexpr int each = 5'000;
    inbox box;
    std::vector<std::vector<std::unique_ptr<letter>>> letters(senders);
    for (int sender = 0; sender < senders; ++sender)
        for (int serial = 0; serial < each; ++serial)
            letters[static_cast<std::size_t>(sender)].push_back(
                std::make_unique<letter>(sender, serial));

    std::atomic<std::size_t> wakes{0};
    std::latch begin{senders + 1};
    std::vector<std::jthread> threads;
    threads.reserve(senders);
    for (auto& mine : letters)
        threads.emplace_back([&] {
            begin.arrive_and_wait();
            for (auto& one : mine)
                if (box.push(*one))
                    wakes.fetch_add(1);
        });

    begin.arrive_and_wait();
    reader only{senders};
    std::size_t bursts = 0;
    for (std::size_t read = 0; read < senders * each;) {
        auto const count = only.read(box);
        bursts += count > 0 ? 1 : 0;
        read += count;
    }
    threads.clear();
    EXPECT_TRUE(box.empty());
    EXPECT_EQ(wakes.load(), bursts) << "one wake-up for each burst that was read";
}

}  // namespace
}  // namespace redstart
