// The client for code that blocks: each call waits on its own thread, and the commands of all threads leave together.
//
//   blocking_client db{*parse_redis_url("redis://localhost")};
//   std::optional<user> found = db.exec(get(user_key(7)));
//
// Any number of threads share one. What they ask for at the same time is pipelined on the same connections, so fifty
// threads need no fifty connections. While many threads wait, a command may be held back for a millisecond until more
// of them have asked. A command that blocks at the server, given to exec(), holds its thread and no other.

#pragma once

#include "redstart/client/client.hpp"
#include "redstart/task/root.hpp"

#include <atomic>
#include <memory>
#include <source_location>

namespace redstart {

// Thread-safe. Never on a loop's thread, which it would block (asserted).
class blocking_client {
public:
    // With one loop, or more, of its own. Opens nothing yet.
    explicit blocking_client(client_options options, runtime_options loops = {.loops = 1},
                             client_observers observers = {});
    // On the loops of a client that outlives it, for programs that are asynchronous elsewhere.
    explicit blocking_client(client& shared) noexcept : client_{&shared} {}
    blocking_client(blocking_client const&) = delete;
    blocking_client& operator=(blocking_client const&) = delete;
    // Waits for the calls of its own client. Nobody may be in a call.
    ~blocking_client();

    // As the client's: one command, several, and the same with failures as values.
    template <class Reply>
    Reply exec(command<Reply> sent, std::source_location where = std::source_location::current())
    {
        return gathered(
            [&](client& db) -> task<Reply> { co_return co_await db.exec(std::move(sent), where); });
    }
    template <class Reply>
    std::expected<Reply, failure> try_exec(
        command<Reply> sent, std::source_location where = std::source_location::current())
    {
        return gathered([&](client& db) -> task<std::expected<Reply, failure>> {
            co_return co_await db.try_exec(std::move(sent), where);
        });
    }
    template <class First, class Second, class... More>
    std::tuple<First, Second, More...> exec(command<First> first, command<Second> second,
                                            command<More>... more)
    {
        return gathered([&](client& db) -> task<std::tuple<First, Second, More...>> {
            co_return co_await db.exec(std::move(first), std::move(second), std::move(more)...);
        });
    }
    template <class First, class... More>
    std::tuple<First, More...> atomic(command<First> first, command<More>... more)
    {
        return gathered([&](client& db) -> task<std::tuple<First, More...>> {
            co_return co_await db.atomic(std::move(first), std::move(more)...);
        });
    }

    // Everything else: runs the task that `work` makes of the client on a loop, and waits for its end.
    //   db.run([&](client& c) -> task<> { co_await within(50ms, load_page(c)); });
    template <class Work>
    auto run(Work work)
    {
        return sync_wait(loop_of_this_thread(), work(*client_));
    }

private:
    // As run(), for commands: those of several threads wait for each other a little, to leave together.
    template <class Work>
    auto gathered(Work work)
    {
        auto& loop = loop_of_this_thread();
        blocked_thread const counted{client_->on(loop).blocked_threads()};
        return sync_wait(loop, work(*client_));
    }
    class blocked_thread {
    public:
        explicit blocked_thread(std::atomic<std::uint32_t>& all) noexcept : all_{all} { ++all_; }
        blocked_thread(blocked_thread const&) = delete;
        blocked_thread& operator=(blocked_thread const&) = delete;
        ~blocked_thread() { --all_; }

    private:
        std::atomic<std::uint32_t>& all_;
    };

    // The calls of one thread stay on one loop, and so in order.
    loop& loop_of_this_thread() noexcept;

    std::unique_ptr<runtime> own_loops_;
    std::unique_ptr<client> own_client_;
    client* client_;
};

}  // namespace redstart
