// The client: a thread-safe handle on one server, shared by all coroutines of a runtime's loops.
//
//   std::optional<user> found = co_await db.exec(get(user_key(7)));
//   auto [n, rank] = co_await db.exec(incr(hits), zrevrank(scores, "ada"));
//
// exec() is awaited in a coroutine on one of the runtime's loops and uses that loop's own connections: no lock is
// taken. A failure says whether the command can have been applied. Only what makes no difference is sent twice.

#pragma once

#include "redstart/client/atomic.hpp"
#include "redstart/client/batch.hpp"
#include "redstart/client/exec.hpp"
#include "redstart/client/options.hpp"
#include "redstart/client/subscription.hpp"
#include "redstart/client/transact.hpp"
#include "redstart/net/runtime.hpp"

#include <memory>
#include <source_location>
#include <vector>

namespace redstart {

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

    // As exec() of several, with each failure as a value: one that fails hides no other.
    template <class First, class Second, class... More>
    client_detail::try_exec_several<First, Second, More...> try_exec(command<First> first,
                                                                     command<Second> second,
                                                                     command<More>... more)
    {
        return client_detail::try_exec_several<First, Second, More...>{
            *this, std::move(first), std::move(second), std::move(more)...};
    }

    // Sends commands whose number is known only at run time, and gives one result for each: a failure of one hides no
    // other, and none is thrown. One round trip for each `most_in_a_round` of them; the client's time-out holds for
    // each round. Not a transaction.
    task<batch_replies> exec(batch commands,
                             std::source_location where = std::source_location::current())
    {
        return exec_batch(*this, std::move(commands), where);
    }
    template <class Reply>
    task<std::vector<std::expected<Reply, failure>>> exec(
        std::vector<command<Reply>> commands,
        std::source_location where = std::source_location::current())
    {
        return exec_all(*this, std::move(commands), where);
    }

    // Runs the commands as a transaction, MULTI to EXEC: without others in between, and none of them if the server
    // refused one when it was queued. One round trip. Throws what the transaction failed of (server_error with
    // `refused`: none was executed), else the first failure of a command; the others were executed then all the same.
    template <class First, class... More>
    client_detail::atomic_several<First, More...> atomic(command<First> first,
                                                         command<More>... more)
    {
        return client_detail::atomic_several<First, More...>{*this, std::move(first),
                                                             std::move(more)...};
    }
    // As atomic(), with the failure as a value.
    template <class First, class... More>
    client_detail::try_atomic_several<First, More...> try_atomic(command<First> first,
                                                                 command<More>... more)
    {
        return client_detail::try_atomic_several<First, More...>{*this, std::move(first),
                                                                 std::move(more)...};
    }
    // As atomic(), for a number known only at run time. Throws only what the transaction as a whole failed of.
    task<batch_replies> atomic(batch commands,
                               std::source_location where = std::source_location::current())
    {
        return atomic_batch(*this, std::move(commands), where);
    }

    // Watches the keys, runs `body(watched&)`, which gives a task<decision<T>>, and then commits what it decided, if no
    // watched key was changed by others meanwhile; otherwise tries again. Gives the T of the decision. On a connection
    // of its own; three round trips and those of the body. Throws what the body throws (nothing is committed then),
    // what committing failed of, and `conflict` after so many attempts as the options say: nothing was done.
    // `maybe_applied` if the connection broke while committing. The keys are copied by the call; what the body refers
    // to outlives the task.
    template <class Body, any_key... Keys>
        requires(sizeof...(Keys) > 0)
    task<client_detail::decided_t<Body>> transact(Body body, Keys const&... keys)
    {
        return client_detail::transact(*this, std::move(body), {std::string{text_of(keys)}...});
    }

    // Subscribes to a channel, on the subscriptions' own connection of this loop. Returns when the server has
    // confirmed: what is published after that arrives, or its loss is marked. Throws server_error if it is refused, and
    // timed_out or what connecting failed of within command_timeout or the ambient deadline.
    template <any_channel Channel>
    task<subscription<channel_body_t<Channel>>> subscribe(
        Channel const& c, subscription_options const& options = {},
        std::source_location where = std::source_location::current())
    {
        return client_detail::open_subscription<channel_body_t<Channel>>(
            *this, {engine::feed_kind::channel, std::string{name_of(c)}}, options, where);
    }

    // As subscribe, to a channel that belongs to a slot of a cluster; for those who use spublish.
    template <any_channel Channel>
    task<subscription<channel_body_t<Channel>>> ssubscribe(
        Channel const& c, subscription_options const& options = {},
        std::source_location where = std::source_location::current())
    {
        return client_detail::open_subscription<channel_body_t<Channel>>(
            *this, {engine::feed_kind::shard_channel, std::string{name_of(c)}}, options, where);
    }

    // As subscribe, to all channels that match: a channel_pattern, or a glob for bodies of plain text.
    template <class Body = std::string>
    task<subscription<Body>> psubscribe(
        channel_pattern<Body> const& pattern, subscription_options const& options = {},
        std::source_location where = std::source_location::current())
    {
        return client_detail::open_subscription<Body>(
            *this, {engine::feed_kind::pattern, std::string{pattern.glob()}}, options, where);
    }
    task<subscription<std::string>> psubscribe(
        std::string_view glob, subscription_options const& options = {},
        std::source_location where = std::source_location::current())
    {
        return psubscribe(channel_pattern<std::string>{glob}, options, where);
    }

    // Makes sure that this loop is connected, and tells to whom; its pool begins to open what it shall keep ready.
    // Throws what the first attempt failed of.
    task<engine::server_identity> connect();

    // Refuses new commands, gives those in flight `grace`, fails the rest with `stopped`, closes all connections. On
    // any loop; await it before the client is destroyed and before the runtime stops. The body of a transaction may
    // then still run, if it waits for something else: it must end before the client is destroyed, too.
    task<> stop(boot_clock::duration grace = std::chrono::seconds{5});

    // The pools of connections for blocking commands and transactions, added up over the loops. Any thread.
    pool_statistics pool_usage() const noexcept;

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
