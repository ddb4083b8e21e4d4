#include "redstart/task/task_group.hpp"

#include "redstart/task/within.hpp"

#include <cassert>

namespace redstart {

namespace {

bool is_cancellation(std::exception_ptr const& why) noexcept
{
    try {
        std::rethrow_exception(why);
    } catch (failure const& known) {
        return known.code() == failure_code::cancelled;
    } catch (...) {
        return false;
    }
}

}  // namespace

task_group::task_group(scheduler& loop, failure_handler on_failure)
    : loop_{loop}, on_failure_{std::move(on_failure)}
{
    empty_.set();
}

task_group::~task_group()
{
    assert(running_ == 0 && "a task_group is destroyed before its members have ended");
}

branch task_group::run_member(task<> work, std::optional<trace_context> trace, task_group& group)
{
    context own = co_await this_context();
    own.trace = trace ? &*trace : nullptr;
    try {
        co_await under(own, std::move(work));
    } catch (...) {
        group.report(std::current_exception());
    }
}

void task_group::spawn(task<> work, trace_context const* trace)
{
    assert(loop_.is_current() && "a task_group belongs to its loop");
    if (is_stopping())
        return;
    std::optional<trace_context> copied;
    if (trace)
        copied = *trace;
    auto member = run_member(std::move(work), std::move(copied), *this);
    ++running_;
    empty_.reset();
    member.start({.loop = &loop_, .deadline = no_deadline, .cancel = &cancel_, .trace = nullptr},
                 *this);
    member.release();  // it is destroyed in ended()
}

std::coroutine_handle<> task_group::ended(branch::handle which) noexcept
{
    which.destroy();
    if (--running_ == 0)
        empty_.set();
    return std::noop_coroutine();
}

void task_group::report(std::exception_ptr why) noexcept
{
    if (cancel_.is_requested() && is_cancellation(why))
        return;  // that is what was asked of it
    if (on_failure_)
        on_failure_(why);
    else if (!first_failure_)
        first_failure_ = std::move(why);
}

void task_group::cancel() noexcept
{
    stopping_ = true;
    cancel_.request();
}

task<> task_group::wait_until_empty()
{
    while (running_ > 0)  // somebody may spawn between the event and this wake-up
        co_await empty_.wait();
}

task<> task_group::join()
{
    co_await wait_until_empty();
    if (first_failure_)
        std::rethrow_exception(std::exchange(first_failure_, nullptr));
}

task<> task_group::stop(boot_clock::duration grace)
{
    stopping_ = true;
    if (grace > boot_clock::duration::zero()) {
        try {
            co_await within(grace, wait_until_empty());
        } catch (failure const&) {
            // They had their time: now they are asked to end.
        }
    }
    cancel();
    // Members hold references to their owner, so they are awaited whatever it takes.
    context unhurried = co_await this_context();
    unhurried.deadline = no_deadline;
    unhurried.cancel = nullptr;
    co_await under(unhurried, wait_until_empty());
}

}  // namespace redstart
