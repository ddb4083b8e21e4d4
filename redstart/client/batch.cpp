#include "redstart/client/batch.hpp"

#include "redstart/client/atomic.hpp"
#include "redstart/client/client.hpp"

#include <algorithm>
#include <span>

namespace redstart {

namespace {

// Some commands, or a transaction of them, sent at once. Throws nothing: what failed is noted in the slots.
class one_round : private call {
public:
    one_round(client& through, content const& what) noexcept : call{through, {}}, what_{what} {}

    bool await_ready() const noexcept { return false; }
    template <contextual Promise>
    bool await_suspend(std::coroutine_handle<Promise> awaiting)
    {
        return start(awaiting.promise().ambient(), what_, awaiting);
    }
    void await_resume() const noexcept {}

private:
    content what_;
};

// How many of the slots fit into one round: they are all in flight together, with what others have in flight.
std::size_t size_of_round(std::span<reply_slot* const> slots, engine::flight_limits const& limits)
{
    auto const most = std::min<std::size_t>({slots.size(), most_in_a_round, limits.commands});
    std::uint64_t bytes = 0;
    for (std::size_t count = 0; count < most; ++count) {
        bytes += slots[count]->command().request().encoded().size();
        if (bytes > limits.bytes / 2)
            return std::max<std::size_t>(count, 1);
    }
    return most;
}

}  // namespace

std::size_t batch_replies::failures() const noexcept
{
    return static_cast<std::size_t>(
        std::ranges::count_if(slots_, [](auto const& each) { return each && each->has_failed(); }));
}

void batch_replies::throw_first_failure() const
{
    for (auto const& each : slots_)
        if (each && each->has_failed())
            throw each->make_failure(where_);
}

std::vector<reply_slot*> batch_replies::slots() const
{
    std::vector<reply_slot*> all;
    for (auto const& each : slots_)
        all.push_back(each.get());
    return all;
}

task<> exec_rounds(client& through, std::vector<reply_slot*> slots)
{
    for (std::span<reply_slot* const> left{slots}; !left.empty();) {
        auto const now = left.first(size_of_round(left, through.options().in_flight));
        co_await one_round{through, {now}};
        left = left.subspan(now.size());
    }
}

task<batch_replies> exec_batch(client& through, batch commands, std::source_location where)
{
    batch_replies replies{std::move(commands), where};
    co_await exec_rounds(through, replies.slots());
    co_return replies;
}

task<batch_replies> atomic_batch(client& through, batch commands, std::source_location where)
{
    batch_replies replies{std::move(commands), where};
    auto const slots = replies.slots();
    if (slots.empty())
        co_return replies;
    atomic_slot whole{slots};
    co_await one_round{through, {slots, &whole}};
    if (whole.has_failed())
        throw whole.make_failure(where);
    co_return replies;
}

}  // namespace redstart
