#include "redstart/engine/slot.hpp"

#include "redstart/base/random.hpp"
#include "redstart/engine/probe_test.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <list>
#include <vector>

namespace redstart::engine {
namespace {

using testing::probe_slot;

// Empties it from the front.
std::vector<slot*> taken_from(slot_list& list)
{
    std::vector<slot*> all;
    while (!list.empty()) {
        all.push_back(&list.front());
        list.remove(list.front());
    }
    return all;
}

// The same list twice: ours, and one that is known to be right.
class two_lists {
public:
    void change()
    {
        auto& fresh = slots_.emplace_back("x");
        auto const what = model_.empty() ? fast_random() % 2 : fast_random() % 5;
        if (what == 0) {
            list_.push_back(fresh);
            model_.push_back(&fresh);
        } else if (what == 1) {
            list_.push_front(fresh);
            model_.push_front(&fresh);
        } else if (what == 2) {
            auto const gone = any();
            list_.remove(**gone);
            model_.erase(gone);
        } else {
            auto const gone = any();
            list_.replace(**gone, fresh);
            *gone = &fresh;
        }
    }
    void compare() const
    {
        ASSERT_EQ(list_.empty(), model_.empty());
        if (model_.empty())
            return;
        ASSERT_EQ(&list_.front(), model_.front());
        ASSERT_EQ(&list_.back(), model_.back());
    }
    void empty()
    {
        ASSERT_EQ(taken_from(list_), (std::vector<slot*>{model_.begin(), model_.end()}));
    }

private:
    std::list<slot*>::iterator any()
    {
        return std::next(model_.begin(),
                         static_cast<std::ptrdiff_t>(fast_random() % model_.size()));
    }

    slot_list list_;
    std::list<slot*> model_;
    std::deque<probe_slot> slots_;
};

TEST(a_slot_list, keeps_order_whatever_is_added_removed_and_replaced)
{
    for (int history = 0; history < 200; ++history) {
        two_lists both;
        for (int step = 0; step < 40; ++step) {
            both.change();
            both.compare();
        }
        both.empty();
    }
}

TEST(a_slot, begins_idle)
{
    probe_slot const fresh{"x"};
    EXPECT_EQ(fresh.where(), slot::state::idle);
}

}  // namespace
}  // namespace redstart::engine
