// What a call sends again, and what it tells of its end to the budget and the circuit breaker.

#include "redstart/client/call.hpp"
#include "redstart/client/client.hpp"

#include <algorithm>

namespace redstart {

call::repetition::repetition(call& of)
    : redstart::timer_node{[](redstart::timer_node& due) { static_cast<repetition&>(due).end(); }},
      owner{of}, self{this}, pauses{of.here_->options().retry.pause},
      left{of.here_->options().retry.attempts}
{
}

call::repetition::~repetition() { cancel(); }

void call::repetition::begin(boot_clock::time_point until) noexcept
{
    auto& all = owner.here_->pauses();
    all.splice(all.end(), self);
    where = std::prev(all.end());
    owner.ambient_->loop->start(*this, until);
}

void call::repetition::cancel() noexcept
{
    if (!self.empty())
        return;
    self.splice(self.end(), owner.here_->pauses(), where);
    owner.ambient_->loop->stop(*this);
}

void call::repetition::end() noexcept
{
    cancel();
    owner.repeat();
}

// The slots from the first that failed, if all of them may be sent again: then the order stays that of the call.
std::span<reply_slot* const> call::repeatable() const noexcept
{
    auto const all = slots();
    auto const first = std::ranges::find_if(all, &reply_slot::has_failed);
    auto const twice_is_once = [this](any_command const& sent) {
        bool const kind = sent.info().has(command_flag::read) || here_->options().retry.writes;
        return kind && sent.is_idempotent();
    };
    bool const may = std::all_of(first, all.end(), [&](reply_slot const* each) {
        return each->has_failed() &&
               is_worth_repeating(each->failed_->code, each->failed_->outcome, each->server_code(),
                                  twice_is_once(each->command()));
    });
    return may ? std::span{first, all.end()} : std::span<reply_slot* const>{};
}

// Starts the pause before another attempt, if there may be one and the call has the time for it.
bool call::will_repeat() noexcept
{
    auto const again = repeatable();
    bool const may = !content_.own && !here_->is_stopping() && here_->options().retry.attempts > 0;
    if (again.empty() || !may)
        return false;
    try {
        if (!repetition_)
            repetition_ = std::make_unique<repetition>(*this);
    } catch (std::exception const&) {
        return false;
    }
    auto const at = deadline_after(ambient_->loop->now(), repetition_->pauses.next());
    bool const has_time = at < deadline_ && at < ambient_->deadline;
    if (repetition_->left == 0 || !has_time || !here_->budget().spend())
        return false;
    --repetition_->left;
    if (auto* const metrics = here_->metrics())
        metrics->repetitions().add();
    repetition_->slots = again;
    repetition_->begin(at);
    return true;
}

void call::repeat() noexcept
{
    has_failure_ = false;
    traffic_ = {.repetitions = traffic_.repetitions + 1};
    for (auto* const each : repetition_->slots)
        each->clear();
    link_ = &here_->best_lane().link();
    submit(repetition_->slots);
    if (pending_ > 0)
        return link_->flush_if_many();
    settle();
    finish();
}

namespace {

// Whether a failure says that there was no server, or none that could serve.
bool blames_server(failure_code code, std::string_view server_code)
{
    switch (code) {
    case failure_code::timed_out:
    case failure_code::connect_failed:
    case failure_code::connection_lost:
    case failure_code::authentication_failed:
    case failure_code::protocol_error: return true;
    case failure_code::server_error:
        return is_worth_repeating(code, outcome::refused, server_code, false);
    default: return false;
    }
}

}  // namespace

void call::give_verdict() noexcept
{
    auto const all = slots();
    auto const failed = std::ranges::find_if(all, &reply_slot::has_failed);
    auto& breaker = here_->breaker();
    if (failed == all.end()) [[likely]] {
        here_->budget().earn();
        breaker.note_success();
    } else if (blocked_ && (*failed)->failed_code() == failure_code::timed_out &&
               (*failed)->failed_->outcome != outcome::maybe_applied) {
        breaker.note_neither();  // it waited, which is what it is for
    } else if (blames_server((*failed)->failed_code(), (*failed)->server_code())) {
        bool const opened = breaker.note_failure(ambient_->loop->now());
        if (auto* const metrics = here_->metrics(); metrics && opened)
            metrics->circuit_openings().add();
    } else if ((*failed)->failed_code() == failure_code::server_error) {
        breaker.note_success();  // it answered
    } else {
        breaker.note_neither();
    }
}

}  // namespace redstart
