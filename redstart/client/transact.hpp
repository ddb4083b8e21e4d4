// Transactions that first look: WATCH, reads, then MULTI to EXEC if nothing that was watched has changed meanwhile.
//
//   bool const paid = co_await db.transact([&](watched& view) -> task<decision<bool>> {
//       auto const held = co_await view.exec(get(balance));
//       if (held.value_or(0) < amount) co_return abandon(false);
//       co_return commit(true, decrby(balance, amount));
//   }, balance);
//
// The body runs again when somebody else changed a watched key first, after a jittered pause and at most as often as
// the options say. Whatever it did besides is done again, too.

#pragma once

#include "redstart/base/backoff.hpp"
#include "redstart/client/batch.hpp"
#include "redstart/client/session_pool.hpp"

#include <concepts>
#include <optional>
#include <source_location>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace redstart {

// What the body of a transaction wants. A value.
template <class T>
struct decision {
    T value;                        // what transact() gives
    std::optional<batch> commands;  // to be executed together; absent: nothing is

    template <class Other>
        requires std::constructible_from<T, Other>
    decision(Other&& result, std::optional<batch> committed)
        : value(std::forward<Other>(result)), commands{std::move(committed)}
    {
    }
    template <class Other>
        requires std::constructible_from<T, Other> && (!std::same_as<T, Other>)
    decision(decision<Other>&& other)
        : value(std::move(other.value)), commands{std::move(other.commands)}
    {
    }
};

// Executes the commands, and gives `value` if they were.
template <class T, class First, class... More>
decision<std::decay_t<T>> commit(T&& value, command<First> first, command<More>... more)
{
    batch all;
    all.add(std::move(first));
    (all.add(std::move(more)), ...);
    return {std::forward<T>(value), std::move(all)};
}
// For a number known only at run time. At least one.
template <class T>
decision<std::decay_t<T>> commit(T&& value, batch commands)
{
    return {std::forward<T>(value), std::move(commands)};
}

// Executes nothing, and gives `value`.
template <class T>
decision<std::decay_t<T>> abandon(T&& value)
{
    return {std::forward<T>(value), std::nullopt};
}

class client;

// The connection on which the keys are watched: what is read here is what the commit depends on. Good while the body
// runs. What would block it, or change its state, is refused.
class watched {
public:
    watched(client& through, link& own) noexcept : client_{through}, own_{own} {}

    // As client::exec(), on this connection and without repetitions.
    template <class Reply>
    task<Reply> exec(command<Reply> sent,
                     std::source_location where = std::source_location::current())
    {
        typed_reply_slot<Reply> slot{std::move(sent)};
        reply_slot* const pointer = &slot;
        co_await run({&pointer, 1});
        if (slot.has_failed())
            throw slot.make_failure(where);
        co_return slot.take();
    }
    template <class First, class Second, class... More>
    task<std::tuple<First, Second, More...>> exec(command<First> first, command<Second> second,
                                                  command<More>... more)
    {
        std::tuple<typed_reply_slot<First>, typed_reply_slot<Second>, typed_reply_slot<More>...>
            slots{std::move(first), std::move(second), std::move(more)...};
        auto const pointers =
            std::apply([](auto&... each) { return std::vector<reply_slot*>{&each...}; }, slots);
        co_await run(pointers);
        for (auto const* const each : pointers)
            if (each->has_failed())
                throw each->make_failure(std::source_location::current());
        co_return std::apply(
            [](auto&... each) { return std::tuple<First, Second, More...>{each.take()...}; },
            slots);
    }

private:
    task<> run(std::span<reply_slot* const> slots);

    client& client_;
    link& own_;
};

namespace client_detail {

// What transact() does around the body. Lives in its frame.
class transaction {
public:
    transaction(client& through, std::vector<std::string> keys);

    // Takes a session, unless it has one, and watches the keys.
    task<> watch();
    watched view() noexcept { return {client_, session_->link()}; }
    // Gives up: what was watched is so no more.
    task<> leave();
    // False: something watched has changed, and nothing was done.
    task<bool> commit(batch commands);
    // Before another attempt. Throws `conflict` if there were enough.
    task<> pause();

private:
    client& client_;
    std::vector<std::string> keys_;
    session_pool::lease session_;
    backoff pauses_;
    unsigned left_;
};

// Of a body: what its task gives, and what is in that.
template <class Body>
using decision_t = typename std::invoke_result_t<Body&, watched&>::value_type;
template <class Body>
using decided_t = decltype(decision_t<Body>::value);

template <class Body>
task<decided_t<Body>> transact(client& through, Body body, std::vector<std::string> keys)
{
    transaction run{through, std::move(keys)};
    while (true) {
        co_await run.watch();
        auto view = run.view();
        std::optional<decision_t<Body>> wanted;
        std::exception_ptr failed;
        try {
            wanted.emplace(co_await body(view));
        } catch (...) {
            failed = std::current_exception();
        }
        if (failed || !wanted->commands)
            co_await run.leave();
        if (failed)
            std::rethrow_exception(failed);
        if (!wanted->commands || co_await run.commit(std::move(*wanted->commands)))
            co_return std::move(wanted->value);
        co_await run.pause();
    }
}

}  // namespace client_detail

}  // namespace redstart
