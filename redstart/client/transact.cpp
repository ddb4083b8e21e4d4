#include "redstart/client/transact.hpp"

#include "redstart/client/atomic.hpp"
#include "redstart/client/client.hpp"
#include "redstart/client/question.hpp"
#include "redstart/task/sleep.hpp"
#include "redstart/task/within.hpp"

#include <algorithm>

namespace redstart {

namespace {

// How long UNWATCH may take before the connection is rather closed.
constexpr boot_clock::duration unwatch_grace = std::chrono::milliseconds{250};

// Commands on a connection of their own. Throws nothing: what failed is noted in the slots.
class on_own_connection : private call {
public:
    on_own_connection(client& through, content const& what) noexcept
        : call{through, {}}, what_{what}
    {
    }

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

task<bool> unwatch(link& own)
{
    co_return own.is_connected() && co_await ask(own, wire::request::named("UNWATCH"));
}

}  // namespace

task<> watched::run(std::span<reply_slot* const> slots)
{
    co_await on_own_connection{client_, {.commands = slots, .own = &own_}};
}

namespace client_detail {

transaction::transaction(client& through, std::vector<std::string> keys)
    : client_{through}, keys_{std::move(keys)}, pauses_{through.options().transactions.pause},
      left_{std::max(through.options().transactions.attempts, 1U)}
{
}

task<> transaction::watch()
{
    auto const here = co_await this_context();
    auto const limit = client_.options().command_timeout;
    auto& pool = client_.on(*here.loop).pool();
    if (!session_ && limit.count() > 0)
        session_ = co_await within(limit, pool.acquire());
    else if (!session_)
        session_ = co_await pool.acquire();
    command<ok> watching{command_id::watch};
    for (auto const& key : keys_)
        watching.add(key);
    typed_reply_slot<ok> slot{std::move(watching)};
    reply_slot* const pointer = &slot;
    co_await on_own_connection{
        client_, {.commands = {&pointer, 1}, .own = &session_->link(), .changes_state = true}};
    if (!slot.has_failed())
        co_return;
    session_.close();
    throw slot.make_failure(std::source_location::current());
}

task<> transaction::leave()
{
    bool done = false;
    try {
        done = co_await shielded(unwatch_grace, unwatch(session_->link()));
    } catch (failure const&) {
        // It is closed instead.
    }
    if (done)
        session_.give_back();
    else
        session_.close();
}

// EXEC ends the watching, whatever it answers; if it did not answer, the connection is closed.
task<bool> transaction::commit(batch commands)
{
    batch_replies replies{std::move(commands), std::source_location::current()};
    auto const slots = replies.slots();
    assert(!slots.empty() && "a commit of nothing is abandon()");
    atomic_slot whole{slots};
    co_await on_own_connection{
        client_, {.commands = slots, .transaction = &whole, .own = &session_->link()}};
    if (whole.has_conflict())
        co_return false;
    if (whole.has_failed()) {
        session_.close();
        throw whole.make_failure(std::source_location::current());
    }
    session_.give_back();
    replies.throw_first_failure();
    co_return true;
}

task<> transaction::pause()
{
    if (--left_ == 0) {
        session_.give_back();
        throw failure{{.code = failure_code::conflict,
                       .outcome = outcome::refused,
                       .command = "EXEC",
                       .reason = "a watched key was changed by others in every attempt",
                       .server_text = {}}};
    }
    co_await sleep_for(pauses_.next());
}

}  // namespace client_detail

}  // namespace redstart
