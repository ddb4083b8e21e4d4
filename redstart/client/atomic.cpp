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

void atomic_slot::on_token(wire::token const& token, text_assembly& parts) noexcept
{
    try {
        if (frame_ == 0)
            on_multi(token);
        else if (frame_ <= commands_.size())
            on_queued(token);
        else
            on_exec(token, parts);
    } catch (...) {
        note_mismatch();  // no memory for what failed
    }
    if (!token.ends_frame)
        return;
    begun_ = false;
    if (++frame_ > commands_.size() + 1)
        end_exec();
}

void atomic_slot::on_multi(wire::token const& token)
{
    if (!begun_)
        refused_ = token.is_error();
    begun_ = true;
    if (refused_)
        note_error(token);
}

// "QUEUED" or an error; anything at all when MULTI was refused.
void atomic_slot::on_queued(wire::token const& token)
{
    auto& queued = *commands_[frame_ - 1];
    bool const first = !std::exchange(begun_, true);
    if (token.is_error() && (first || queued.has_failed()))
        queued.note_error(token);
    else if (first)
        queued_any_ = true;
}

void atomic_slot::on_exec(wire::token const& token, text_assembly& parts)
{
    if (in_array_)
        return on_element(token, parts);
    bool const first = !std::exchange(begun_, true);
    if (refused_)
        return;  // "EXEC without MULTI" says nothing new
    if (token.is_error())
        return note_error(token);
    if (first && token.kind == wire::kind::null)
        has_conflict_ = true;
    else if (first && token.kind == wire::kind::array)
        in_array_ = true;
    else
        note_mismatch();
}

void atomic_slot::on_element(wire::token const& token, text_assembly& parts)
{
    bool const closes = token.kind == wire::kind::close;
    if (closes && depth_ == 0) {
        complete_ = element_ == commands_.size();
        return;
    }
    if (element_ == commands_.size())
        return note_mismatch();
    commands_[element_]->on_token(token, parts);
    depth_ += token.is_aggregate() ? 1 : 0;
    depth_ -= closes ? 1 : 0;
    if (depth_ == 0 && !token.more)
        end_element();
}

std::size_t atomic_slot::read_from(byte_source& from, std::size_t left) noexcept
{
    bool const in_element = in_array_ && element_ < commands_.size();
    return in_element ? commands_[element_]->read_from(from, left) : 0;
}

void atomic_slot::end_element()
{
    auto& ended = *commands_[element_++];
    if (!ended.has_failed() && !ended.complete_)
        ended.note_mismatch();
    else if (ended.has_failed())
        ended.judge_error();
}

void atomic_slot::end_exec()
{
    if (has_conflict_)
        fail(failure_code::conflict, outcome::refused, "a watched key has changed");
    else if (has_failed() && failed_->code == failure_code::server_error)
        explain_abort();
}

// Tells which command the server would not take, rather than that it would not go on.
void atomic_slot::explain_abort()
{
    if (refused_ && queued_any_) {
        failed_->outcome = outcome::maybe_applied;
        failed_->reason = "MULTI was refused, so the commands ran one by one";
        return;
    }
    auto const culprit = std::ranges::find_if(commands_, &reply_slot::has_failed);
    if (culprit == commands_.end() || server_code() != "EXECABORT")
        return;
    *failed_ = *(*culprit)->failed_;
    failed_->command = (*culprit)->make_failure({}).command();
    failed_->reason = "EXECABORT: it was refused when it was queued, and none was executed";
}

}  // namespace redstart
