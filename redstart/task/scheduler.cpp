#include "redstart/task/scheduler.hpp"

#include <cassert>
#include <utility>

namespace redstart {

namespace {

constinit thread_local scheduler* current_loop = nullptr;

}  // namespace

void ready_list::push(ready_node& node) noexcept
{
    assert(node.next_ == nullptr && last_ != &node && "a node is in one list at a time");
    (last_ ? last_->next_ : first_) = &node;
    last_ = &node;
}

ready_node& ready_list::pop() noexcept
{
    auto& node = *first_;
    first_ = std::exchange(node.next_, nullptr);
    if (!first_)
        last_ = nullptr;
    return node;
}

bool inbox::push(ready_node& node) noexcept
{
    auto* top = top_.load(std::memory_order_relaxed);
    do
        node.next_ = top;
    while (!top_.compare_exchange_weak(top, &node, std::memory_order_release,
                                       std::memory_order_relaxed));
    return top == nullptr;
}

void inbox::take_all(ready_list& out) noexcept
{
    auto* newest = top_.exchange(nullptr, std::memory_order_acquire);
    ready_node* oldest = nullptr;
    while (newest) {  // the newest lies on top: turn the pile over
        auto* const below = std::exchange(newest->next_, oldest);
        oldest = std::exchange(newest, below);
    }
    while (oldest) {
        auto* const next = std::exchange(oldest->next_, nullptr);
        out.push(*std::exchange(oldest, next));
    }
}

scheduler::~scheduler()
{
    assert(ready_.empty() && inbox_.empty() && "a loop is destroyed with work left");
    assert(wheel_.next() == no_deadline && "a loop is destroyed while somebody waits for time");
    assert(!first_hook_ && "a loop is destroyed with a hook that it did not call");
}

scheduler* scheduler::current() noexcept { return current_loop; }

scheduler::running::running(scheduler& loop) noexcept : before_{std::exchange(current_loop, &loop)}
{
}

scheduler::running::~running() { current_loop = before_; }

void scheduler::post(ready_node& node) noexcept
{
    if (inbox_.push(node))
        wake();
}

void scheduler::start(timer_node& timer, boot_clock::time_point deadline) noexcept
{
    assert(!runs_elsewhere() && "a timer is started on its loop's thread");
    wheel_.add(timer, deadline);
}

void scheduler::call_before_idle(idle_hook& hook) noexcept
{
    assert(!runs_elsewhere() && "a hook belongs to its loop's thread");
    if (std::exchange(hook.hooked_, true))
        return;
    (last_hook_ ? last_hook_->next_hook_ : first_hook_) = &hook;
    last_hook_ = &hook;
    ++hooks_;
}

void scheduler::forget(idle_hook& hook) noexcept
{
    idle_hook* before = nullptr;
    for (auto* at = first_hook_; at; before = std::exchange(at, at->next_hook_))
        if (at == &hook) {
            remove_hook(hook, before);
            return;
        }
}

void scheduler::remove_hook(idle_hook& hook, idle_hook* before) noexcept
{
    auto* const after = std::exchange(hook.next_hook_, nullptr);
    (before ? before->next_hook_ : first_hook_) = after;
    if (last_hook_ == &hook)
        last_hook_ = before;
    hook.hooked_ = false;
    --hooks_;
}

// Only those who asked before this turn's hooks began, so that a turn ends whatever they do. What one of them makes
// ready comes before the next, if there is still room in the turn.
void scheduler::run_hooks(bool turn_is_full)
{
    for (auto left = hooks_; left > 0 && first_hook_ && (turn_is_full || ready_.empty()); --left) {
        auto& hook = *first_hook_;
        remove_hook(hook, nullptr);
        hook.before_idle();
    }
}

bool scheduler::run_turn()
{
    wheel_.advance(now());
    inbox_.take_all(ready_);
    std::size_t ran = 0;
    for (; ran < turn_limit && !ready_.empty(); ++ran)
        ready_.pop().run();
    // Those who keep each other awake would otherwise keep everybody's commands from leaving.
    if (ready_.empty() || ran == turn_limit)
        run_hooks(ran == turn_limit);
    return !ready_.empty() || first_hook_ != nullptr;
}

}  // namespace redstart
