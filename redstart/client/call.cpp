#include "redstart/client/call.hpp"

#include "redstart/client/client.hpp"
#include "redstart/client/retry.hpp"
#include "redstart/command/script.hpp"

#include <algorithm>
#include <cassert>

namespace redstart {

namespace {

constexpr std::size_t longest_server_text = 4096;  // bytes of an error that are kept

}  // namespace

// ---- One command --------------------------------------------------------------------------------

failure reply_slot::make_failure(std::source_location where) const
{
    auto details = *failed_;
    if (details.command.empty())
        details.command = counted_name(command_.id());
    if (command_.id() == command_id::unknown)
        details.command = command_.request().argument(0);
    return failure{std::move(details), where};
}

std::string_view reply_slot::server_code() const noexcept
{
    return failed_->server_text.empty() ? std::string_view{} : error_prefix(failed_->server_text);
}

void reply_slot::fail(failure_code code, outcome result, std::string_view reason)
{
    failed_ = std::make_unique<failure::details>();
    failed_->code = code;
    failed_->outcome = may_have_been_applied_ ? outcome::maybe_applied : result;
    failed_->reason = reason;
}

void reply_slot::clear() noexcept
{
    may_have_been_applied_ = failed_ && failed_->outcome == outcome::maybe_applied;
    failed_.reset();
    begun_ = complete_ = in_error_ = false;
}

void reply_slot::note_mismatch(std::string_view what_came)
{
    fail(failure_code::decode_failed, outcome::maybe_applied, what_came);
}

std::string_view reply_slot::what_is(wire::token const& token) noexcept
{
    using enum wire::kind;
    switch (token.kind) {
    case null: return "null came, which std::optional takes";
    case integer: return "an integer came";
    case real: return "a real number came";
    case boolean: return "a boolean came";
    case simple_string:
    case blob_string:
    case verbatim_string:
    case big_number: return "a text came that does not read as it";
    case simple_error:
    case blob_error: return "an error came inside of it";
    case array:
    case set:
    case map:
    case push: return "a list or a map came";
    case close: return "it ended too soon";
    }
    return {};
}

void reply_slot::note_error(wire::token const& token)
{
    if (!failed_)
        fail(failure_code::server_error, outcome::refused, {});
    auto const room = longest_server_text - failed_->server_text.size();
    failed_->server_text.append(token.text.substr(0, room));
    in_error_ = token.more;
}

// What runs in several steps is not undone by an error of one of them.
void reply_slot::judge_error() noexcept
{
    if (failed_->code == failure_code::server_error &&
        command_.info().has(command_flag::several_steps) &&
        !came_before_anything_was_done(failed_->server_text))
        failed_->outcome = outcome::maybe_applied;
}

void reply_slot::send_script_whole()
{
    auto const* const script = command_.script();
    if (script && command_.id() == command_id::evalsha)
        command_ = any_command{command_id::eval, to_eval(command_.request(), *script), script};
}

// The server does not know the script: send its text, once. False if that is not what happened.
bool reply_slot::send_unknown_script() noexcept
{
    if (!command_.script() || command_.id() != command_id::evalsha || server_code() != "NOSCRIPT")
        return false;
    send_script_whole();
    clear();
    owner_->resubmit(*this);
    return true;
}

void reply_slot::on_reply() noexcept
{
    if (failed_ && send_unknown_script())
        return;
    if (!failed_ && !complete_)
        note_mismatch();
    if (failed_) [[unlikely]] {
        judge_error();
        owner_->has_failure_ = true;
        owner_->link_->doubt(server_code());
    }
    owner_->slot_ended();
}

void reply_slot::on_failure(failure_code code, outcome result, std::string_view reason) noexcept
{
    fail(code, result, reason);
    owner_->has_failure_ = true;
    owner_->slot_ended();
}

// ---- The call -----------------------------------------------------------------------------------

bool call::start(context const& ambient, content const& what, std::coroutine_handle<> awaiting)
{
    ambient_ = &ambient;
    content_ = what;
    began_ = ambient.loop->now();
    here_ = &client_.on(*ambient.loop);
    link_ = what.own ? what.own : &here_->best_lane().link();
    auto const timeout = client_.options().command_timeout;
    deadline_ = timeout.count() > 0 ? deadline_after(began_, timeout) : no_deadline;
    if (auto* const observer = here_->options().observer.get()) [[unlikely]]
        observer->on_call_begin(as_observed());
    if (is_refused(ambient)) [[unlikely]] {
        observe();
        return false;
    }
    if (waits_at_the_server()) [[unlikely]]
        return start_blocked(awaiting);
    if (slots().size() > 1) [[unlikely]]
        send_scripts_whole();
    submit(slots());
    if (pending_ == 0) {
        settle();
        return false;
    }
    link_->flush_if_many();
    begin(ambient, deadline_, awaiting);
    return true;
}

// It waits for a session, or is on it already.
bool call::start_blocked(std::coroutine_handle<> awaiting)
{
    blocked_ = std::make_unique<blocked_command>(*this, here_->pool());
    only_slot().owner_ = this;
    pending_ = 1;
    blocked_->ask();
    if (pending_ == 0)
        return false;
    begin(*ambient_, blocked_->has_session() ? blocked_deadline() : deadline_, awaiting);
    return true;
}

// As long as it may wait at the server, and what any command may take. Of a raw command nobody knows.
boot_clock::time_point call::blocked_deadline() const noexcept
{
    auto const wait = only_slot().command().block_time().value_or(wait_forever);
    auto const timeout = client_.options().command_timeout;
    if (wait == wait_forever || timeout.count() <= 0)
        return no_deadline;
    return deadline_after(deadline_after(ambient_->loop->now(), wait), timeout);
}

// A session was found, at once or after a while.
void call::send_on(link& own) noexcept
{
    link_ = &own;
    auto const admitted = own.submit(only_slot());
    if (admitted != link::admission::accepted) {
        refuse(only_slot(), admitted);
        return slot_ended();
    }
    own.flush_if_many();
    if (has_begun())
        prolong(*ambient_, blocked_deadline());
}

bool call::is_refused(context const& ambient)
{
    return refuse_early(ambient) || refuse_forbidden() || refuse_lost_connection() ||
           refuse_for_open_circuit();
}

bool call::refuse_early(context const& ambient)
{
    if (may_begin(ambient, deadline_))
        return false;
    fail_all(ended_by() == ending::cancelled ? failure_code::cancelled : failure_code::timed_out,
             {});
    return true;
}

bool call::refuse_forbidden()
{
    bool const shared = content_.commands.size() > 1 || content_.own;
    bool const may_block = content_.transaction || !shared;  // within a transaction nothing does
    auto const culprit = std::ranges::find_if(content_.commands, [&](reply_slot const* slot) {
        bool const state = slot->command().info().has(command_flag::connection_state);
        return (state && !content_.changes_state) || (!may_block && slot->command().is_blocking());
    });
    if (culprit == content_.commands.end())
        return false;
    fail_all(failure_code::forbidden_command,
             std::string{(*culprit)->command().info().name} +
                 " would block others on its connection, or change its state for them");
    return true;
}

// What was watched on it is not watched any more.
bool call::refuse_lost_connection()
{
    if (!content_.own || content_.own->is_connected()) [[likely]]
        return false;
    if (here_->pool().is_stopping())
        fail_all(failure_code::stopped, "the client has been stopped");
    else
        fail_all(failure_code::connection_lost, "the connection of its own was lost");
    return true;
}

bool call::refuse_for_open_circuit()
{
    if (!here_->breaker().is_on() || here_->breaker().lets_pass(began_)) [[likely]]
        return false;
    fail_all(failure_code::circuit_open, "the server failed too often just now");
    return true;
}

void call::fail_all(failure_code code, std::string_view reason) noexcept
{
    for (auto* const slot : slots())
        slot->fail(code, outcome::not_sent, reason);
}

// What stands behind a script must not run before it, so only the last may be sent a second time.
void call::send_scripts_whole()
{
    for (auto* const slot : slots().first(slots().size() - 1))
        slot->send_script_whole();
}

// Either the link has room for the next, or it and all behind it are refused: the order stays that of the call.
void call::submit(std::span<reply_slot* const> slots) noexcept
{
    auto admitted = link::admission::accepted;
    for (auto* const slot : slots) {
        slot->owner_ = this;
        if (admitted == link::admission::accepted)
            admitted = link_->submit(*slot);
        if (admitted == link::admission::accepted)
            ++pending_;
        else
            refuse(*slot, admitted);
    }
}

void call::refuse(reply_slot& slot, link::admission why) noexcept
{
    if (why == link::admission::stopped)
        slot.fail(failure_code::stopped, outcome::not_sent, "the client has been stopped");
    else
        slot.fail(failure_code::overloaded, outcome::not_sent, "too much is in flight");
}

void call::resubmit(reply_slot& slot) noexcept
{
    auto const admitted = link_->resubmit(slot);
    if (admitted == link::admission::accepted)
        return link_->flush_if_many();
    refuse(slot, admitted);
    slot_ended();
}

void call::slot_ended() noexcept
{
    assert(pending_ > 0 && "a slot has ended twice");
    if (--pending_ != 0)
        return;
    if (blocked_) [[unlikely]]
        blocked_->ended();
    else if (has_failure_ && will_repeat()) [[unlikely]]
        return;
    settle();
    if (has_begun()) [[likely]]
        finish();
}

void call::settle() noexcept
{
    repetition_.reset();
    give_verdict();
    observe();
}

bool call::given_up(ending why) noexcept
{
    if (blocked_ && !blocked_->given_up(why))
        return false;
    bool const timed_out = why == ending::timed_out;
    bool had_left = false;
    for (auto* const slot : slots())
        if (slot->is_in_flight())
            had_left |= give_up(*slot, timed_out) == outcome::maybe_applied;
    if (timed_out && had_left)
        link_->note_timeout();
    settle();
    // They count no more against the bounds, and who waits for them may have to wait for his turn.
    for (auto* const slot : content_.commands)
        slot->command_.forget_arguments();
    return true;
}

outcome call::give_up(reply_slot& slot, bool timed_out) noexcept
{
    auto const result = link_->abandon(slot);
    auto const* const unreachable = link_->unreachable_because();
    if (slot.has_failed())
        slot.judge_error();  // its reply had begun, and says more than that it is late
    else if (timed_out && result == outcome::not_sent && unreachable)
        slot.fail(unreachable->code(), result, unreachable->reason());
    else
        slot.fail(timed_out ? failure_code::timed_out : failure_code::cancelled, result, {});
    return result;
}

}  // namespace redstart
