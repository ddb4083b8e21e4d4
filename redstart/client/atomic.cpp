#include "redstart/client/atomic.hpp"

#include <algorithm>

namespace redstart {

namespace {

constexpr std::string_view multi = "*1\r\n$5\r\nMULTI\r\n";
constexpr std::string_view exec = "*1\r\n$4\r\nEXEC\r\n";

std::uint32_t replies_to(std::span<reply_slot* const> commands)
{
    return static_cast<std::uint32_t>(commands.size()) + 2;
}

}  // namespace

atomic_slot::atomic_slot(std::span<reply_slot* const> commands)
    : reply_slot{any_command{command_id::exec}, replies_to(commands)}, commands_{commands}
{
    std::size_t size = multi.size() + exec.size();
    for (auto* const each : commands) {
        each->send_script_whole();  // a script that is not known could not be sent again in here
        size += each->encoded().text.size();
    }
    text_.reserve(size);
    append({multi});
    for (auto const* const each : commands)
        append(each->encoded());
    append({exec});
}

void atomic_slot::append(wire::encoded_command const& command)
{
    for (auto part : command.large) {
        part.at += text_.size();
        large_.push_back(std::move(part));
    }
    text_.append(command.text);
}

void atomic_slot::clear() noexcept
{
    reply_slot::clear();
    so_far_ = {};
    for (auto* const each : commands_)
        each->clear();
}

void atomic_slot::on_token(wire::token const& token, text_assembly& parts) noexcept
{
    try {
        if (so_far_.frame == 0)
            on_multi(token);
        else if (so_far_.frame <= commands_.size())
            on_queued(token);
        else
            on_exec(token, parts);
    } catch (...) {
        note_mismatch();  // no memory for what failed
    }
    if (!token.ends_frame)
        return;
    begun_ = false;
    if (++so_far_.frame > commands_.size() + 1)
        end_exec();
}

void atomic_slot::on_multi(wire::token const& token)
{
    if (!begun_)
        so_far_.refused = token.is_error();
    begun_ = true;
    if (!so_far_.refused)
        return;
    note_error(token);
    failed_->outcome = outcome::maybe_applied;  // until what follows is known to be refused, too
}

// "QUEUED" or an error; anything at all when MULTI was refused.
void atomic_slot::on_queued(wire::token const& token)
{
    auto& queued = *commands_[so_far_.frame - 1];
    bool const first = !std::exchange(begun_, true);
    if (token.is_error() && (first || queued.has_failed()))
        queued.note_error(token);
    else if (first)
        so_far_.queued_any = true;
}

void atomic_slot::on_exec(wire::token const& token, text_assembly& parts)
{
    if (so_far_.in_array)
        return on_element(token, parts);
    bool const first = !std::exchange(begun_, true);
    if (so_far_.refused)
        return;  // "EXEC without MULTI" says nothing new
    if (token.is_error())
        return note_error(token);
    if (first && token.kind == wire::kind::null)
        so_far_.has_conflict = true;
    else if (first && token.kind == wire::kind::array)
        so_far_.in_array = true;
    else
        note_mismatch();
}

void atomic_slot::on_element(wire::token const& token, text_assembly& parts)
{
    bool const closes = token.kind == wire::kind::close;
    if (closes && so_far_.depth == 0) {
        complete_ = so_far_.element == commands_.size();
        return;
    }
    if (so_far_.element == commands_.size())
        return note_mismatch();
    commands_[so_far_.element]->on_token(token, parts);
    so_far_.depth += token.is_aggregate() ? 1 : 0;
    so_far_.depth -= closes ? 1 : 0;
    if (so_far_.depth == 0 && !token.more)
        end_element();
}

std::size_t atomic_slot::read_from(byte_source& from, std::size_t left) noexcept
{
    bool const in_element = so_far_.in_array && so_far_.element < commands_.size();
    return in_element ? commands_[so_far_.element]->read_from(from, left) : 0;
}

void atomic_slot::end_element()
{
    auto& ended = *commands_[so_far_.element++];
    if (!ended.has_failed() && !ended.complete_)
        ended.note_mismatch();
    else if (ended.has_failed())
        ended.judge_error();
}

void atomic_slot::end_exec()
{
    if (so_far_.has_conflict)
        fail(failure_code::conflict, outcome::refused, "a watched key has changed");
    else if (has_failed() && failed_->code == failure_code::server_error)
        explain_abort();
}

// Tells which command the server would not take, rather than that it would not go on.
void atomic_slot::explain_abort()
{
    if (so_far_.refused && so_far_.queued_any)
        failed_->reason = "MULTI was refused, so the commands ran one by one";
    else if (so_far_.refused)
        failed_->outcome = outcome::refused;
    auto const culprit = std::ranges::find_if(commands_, &reply_slot::has_failed);
    if (culprit == commands_.end() || server_code() != "EXECABORT")
        return;
    *failed_ = *(*culprit)->failed_;
    failed_->command = (*culprit)->make_failure({}).command();
    failed_->reason = "EXECABORT: it was refused when it was queued, and none was executed";
}

}  // namespace redstart
