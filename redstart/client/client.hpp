// The client: a thread-safe handle on one server, shared by all coroutines of a runtime's loops.
//
//   std::optional<user> found = co_await db.exec(get(user_key(7)));
//   auto [n, rank] = co_await db.exec(incr(hits), zrevrank(scores, "ada"));
//
// exec() is awaited in a coroutine on one of the runtime's loops and uses that loop's own connections: no lock is
// taken. A failure says whether the command can have been applied. Nothing is sent twice.

#pragma once

#include "redstart/client/call.hpp"
#include "redstart/client/options.hpp"
#include "redstart/net/runtime.hpp"

#include <array>
#include <expected>
#include <memory>
#include <source_location>
#include <tuple>
#include <vector>

namespace redstart {

namespace client_detail {

template <class Reply>
class [[nodiscard("nothing is sent until it is awaited")]] exec_one : protected call {
public:
    exec_one(client& through, command<Reply>&& sent, std::source_location where) noexcept
        : call{through, where}, slot_{std::move(sent)}
    {
    }

    bool await_ready() const noexcept { return false; }
    template <contextual Promise>
    bool await_suspend(std::coroutine_handle<Promise> awaiting)
    {
        return start(awaiting.promise().ambient(), {&slot_pointer_, 1}, awaiting);
    }
    Reply await_resume()
    {
        if (slot_.has_failed()) [[unlikely]]
            throw slot_.make_failure(where());
        return slot_.take();
    }

protected:
    typed_reply_slot<Reply> slot_;
    reply_slot* slot_pointer_ = &slot_;
};

template <class Reply>
class try_exec_one : public exec_one<Reply> {
public:
    using exec_one<Reply>::exec_one;

    std::expected<Reply, failure> await_resume()
    {
        if (this->slot_.has_failed())
            return std::unexpected{this->slot_.make_failure(this->where())};
        return this->slot_.take();
    }
};

template <class... Replies>
class [[nodiscard("nothing is sent until it is awaited")]] exec_several : private call {
public:
    explicit exec_several(client& through, command<Replies>&&... sent) noexcept
        : call{through, {}}, slots_{std::move(sent)...}
    {
    }

    // The default is where it is awaited: a parameter behind a pack could not have one.
    bool await_ready() const noexcept { return false; }
    template <contextual Promise>
    bool await_suspend(std::coroutine_handle<Promise> awaiting,
                       std::source_location where = std::source_location::current())
    {
        set_where(where);
        pointers_ = std::apply(
            [](auto&... each) { return std::array<reply_slot*, sizeof...(Replies)>{&each...}; },
            slots_);
        return start(awaiting.promise().ambient(), pointers_, awaiting);
    }
    std::tuple<Replies...> await_resume()
    {
        for (auto const* each : pointers_)
            if (each->has_failed())
                throw each->make_failure(where());
        return std::apply([](auto&... each) { return std::tuple<Replies...>{each.take()...}; },
                          slots_);
    }

private:
    std::tuple<typed_reply_slot<Replies>...> slots_;
    std::array<reply_slot*, sizeof...(Replies)> pointers_{};
};

}  // namespace client_detail

class client {
public:
    // Opens nothing yet: a loop's connections are made when it first needs them, and kept. `loops` outlives the client.
    client(runtime& loops, client_options options, client_observers observers = {});
    client(client const&) = delete;
    client& operator=(client const&) = delete;
    ~client();  // await stop() first

    // Sends one command and gives its reply. One round trip. Throws a failure. Cancelling it, or its deadline, leaves
    // the connection in step: not_sent if it had not been encoded yet, else maybe_applied.
    template <class Reply>
    client_detail::exec_one<Reply> exec(
        command<Reply> sent, std::source_location where = std::source_location::current())
    {
        return {*this, std::move(sent), where};
    }

    // As exec(), with the failure as a value.
    template <class Reply>
    client_detail::try_exec_one<Reply> try_exec(
        command<Reply> sent, std::source_location where = std::source_location::current())
    {
        return {*this, std::move(sent), where};
    }

    // Sends several commands together and gives all replies as a tuple. One round trip; not a transaction: others may
    // come in between. If any fails, all are awaited and the first failure is thrown.
    template <class First, class Second, class... More>
    client_detail::exec_several<First, Second, More...> exec(command<First> first,
                                                             command<Second> second,
                                                             command<More>... more)
    {
        return client_detail::exec_several<First, Second, More...>{
            *this, std::move(first), std::move(second), std::move(more)...};
    }

    // Makes sure that this loop is connected, and tells to whom. Throws what the first attempt failed of.
    task<engine::server_identity> connect();

    // Refuses new commands, gives those in flight `grace`, fails the rest with `stopped`, closes all connections. On
    // any loop; await it before the client is destroyed and before the runtime stops.
    task<> stop(boot_clock::duration grace = std::chrono::seconds{5});

    client_options const& options() const noexcept { return options_; }
    runtime& loops() const noexcept { return loops_; }

    // This client's part on a loop. That loop's thread.
    local_client& on(scheduler& where);

private:
    runtime& loops_;
    client_options options_;
    std::vector<std::unique_ptr<local_client>> parts_;  // one for each loop
};

}  // namespace redstart
