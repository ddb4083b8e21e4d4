// Commands whose number is known only at run time, sent together, with one result each.
//
//   batch work;
//   auto const seen = work.add(incr(hits));
//   auto const name = work.add(get(user_key(7)));
//   auto replies = co_await db.exec(std::move(work));
//   std::expected<std::int64_t, failure> count = replies.take(seen);

#pragma once

#include "redstart/client/call.hpp"

#include <cstddef>
#include <deque>
#include <expected>
#include <memory>
#include <source_location>
#include <vector>

namespace redstart {

class client;

// At most so many commands of a batch are in flight at once; the next ones follow when all of these are answered.
inline constexpr std::size_t most_in_a_round = 8192;

// The place of one command in a batch: which of its replies to take.
template <class Reply>
struct batch_item {
    std::size_t index;
};

namespace client_detail {

class transaction;

// A slot on the heap, its type forgotten.
using stored_slot = std::unique_ptr<reply_slot, void (*)(reply_slot*)>;

template <class Reply>
stored_slot store(command<Reply>&& sent)
{
    return {new typed_reply_slot<Reply>{std::move(sent)},
            [](reply_slot* stored) { delete static_cast<typed_reply_slot<Reply>*>(stored); }};
}

}  // namespace client_detail

// A value; one allocation for each command.
class batch {
public:
    template <class Reply>
    batch_item<Reply> add(command<Reply> next)
    {
        slots_.push_back(client_detail::store(std::move(next)));
        return {slots_.size() - 1};
    }

    std::size_t size() const noexcept { return slots_.size(); }
    bool empty() const noexcept { return slots_.empty(); }

private:
    friend class batch_replies;
    std::vector<client_detail::stored_slot> slots_;
};

// What became of a batch. A value.
class batch_replies {
public:
    batch_replies(batch&& sent, std::source_location where) noexcept
        : slots_{std::move(sent.slots_)}, where_{where}
    {
    }

    // The reply of that command, or its failure. `taken` comes from the batch that was sent; each is taken once.
    template <class Reply>
    std::expected<Reply, failure> take(batch_item<Reply> taken)
    {
        assert(taken.index < slots_.size() && slots_[taken.index] && "an item of another batch");
        auto const slot = std::move(slots_[taken.index]);
        return static_cast<typed_reply_slot<Reply>&>(*slot).result(where_);
    }

    std::size_t size() const noexcept { return slots_.size(); }
    // How many failed, and the first of them; for those who want all or nothing.
    std::size_t failures() const noexcept;
    void throw_first_failure() const;

private:
    friend task<batch_replies> exec_batch(client&, batch, std::source_location);
    friend task<batch_replies> atomic_batch(client&, batch, std::source_location);
    friend class client_detail::transaction;
    std::vector<reply_slot*> slots() const;

    std::vector<client_detail::stored_slot> slots_;
    std::source_location where_;
};

// The bodies of client::exec() and client::atomic(). The client outlives them.
task<batch_replies> exec_batch(client& through, batch commands, std::source_location where);
task<batch_replies> atomic_batch(client& through, batch commands, std::source_location where);

// Sends all and awaits all, a round at a time. What fails is noted in its slot.
task<> exec_rounds(client& through, std::vector<reply_slot*> slots);

template <class Reply>
task<std::vector<std::expected<Reply, failure>>> exec_all(client& through,
                                                          std::vector<command<Reply>> commands,
                                                          std::source_location where)
{
    std::deque<typed_reply_slot<Reply>> slots;
    std::vector<reply_slot*> pointers;
    for (auto& each : commands)
        pointers.push_back(&slots.emplace_back(std::move(each)));
    co_await exec_rounds(through, std::move(pointers));
    std::vector<std::expected<Reply, failure>> results;
    results.reserve(slots.size());
    for (auto& each : slots)
        results.push_back(each.result(where));
    co_return results;
}

}  // namespace redstart
