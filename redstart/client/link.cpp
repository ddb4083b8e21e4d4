#include "redstart/client/link.hpp"

#include "redstart/task/within.hpp"

#include <algorithm>
#include <utility>

namespace redstart {

namespace {

// Commands that leave together while more are encoded, so that the server is not idle meanwhile. A server that has
// enough to do is not helped by them, and each write costs a system call: so at least a share of what is in flight.
constexpr std::uint32_t flush_at_least = 32;
constexpr std::uint32_t flush_at_most = 256;
constexpr std::uint32_t flush_share = 4;
// Threads that block leave together: a write when a quarter of them have asked, or one of them has waited so long.
constexpr std::uint32_t gather_share = 4;
constexpr boot_clock::duration gather_for = std::chrono::milliseconds{1};

}  // namespace

link::link(surroundings around, owner& whose)
    : home_{around.home}, options_{around.options}, metrics_{around.metrics},
      blocked_threads_{around.blocked_threads}, owner_{whose},
      commands_{options_.in_flight, options_.replies}
{
    if (options_.observer)
        commands_.tell_of_traffic();
}

// On any thread, so it touches nothing of the loop: close() has seen to that.
link::~link() = default;

link::admission link::submit(engine::slot& added) noexcept
{
    if (stopping_) [[unlikely]]
        return admission::stopped;
    return resubmit(added);
}

link::admission link::resubmit(engine::slot& added) noexcept
{
    if (!commands_.submit(added)) [[unlikely]]
        return admission::overloaded;
    if (!connection_) [[unlikely]]
        owner_.on_wanted();
    ++unflushed_;
    return admission::accepted;
}

void link::flush_if_many()
{
    auto const enough =
        std::clamp(commands_.in_flight() / flush_share, flush_at_least, flush_at_most);
    if (unflushed_ >= enough)
        flush();
    else
        home_.call_before_idle(*this);
}

void link::before_idle()
{
    if (!waits_for_more())
        flush();
}

// Whether so few of the threads that block have asked for something that more should leave with it. They are woken one
// by one, and so come back.
bool link::waits_for_more() noexcept
{
    auto const threads = blocked_threads_ ? blocked_threads_->load(std::memory_order_relaxed) : 0;
    if (gather_share * unflushed_ >= threads) [[likely]]
        return false;
    if (!gathering_.is_running())
        home_.start(gathering_, deadline_after(home_.now(), gather_for));
    return true;
}

void link::flush()
{
    unflushed_ = 0;
    if (gathering_.is_running()) [[unlikely]]
        home_.stop(gathering_);
    write_output();
    note_flight();
}

void link::write_output()
{
    while (connection_) {
        auto const out = commands_.output();
        if (out.empty())
            return;
        std::size_t offered = 0;
        for (auto const part : out)
            offered += part.size();
        auto const taken = connection_->write_some(out);
        if (metrics_)
            metrics_->writes().add();
        bool const blocked = taken < offered;
        commands_.written(taken, blocked);
        if (blocked)
            return;
    }
}

outcome link::abandon(engine::slot& given_up)
{
    auto const result = commands_.abandon(given_up);
    note_flight();
    return result;
}

void link::note_timeout() noexcept
{
    bool const counts = options_.timeouts_before_probe != 0 && !stopping_;
    if (counts && ++timeouts_ >= options_.timeouts_before_probe)
        owner_.on_silence();
}

void link::adopt(std::unique_ptr<connection> fresh)
{
    connection_ = std::move(fresh);
    unreachable_.reset();
    renewing_ = false;
    timeouts_ = 0;
    commands_.open();
    if (metrics_)
        metrics_->connections().add(1);
    if (connection_->attach(*this))
        flush();
    else
        drop(failure_code::connection_lost, "the server closed the connection");
}

// What was sent is still answered; the rest goes with the next connection.
void link::renew() noexcept
{
    if (!connection_)
        return;
    renewing_ = true;
    commands_.hold();
}

void link::doubt(std::string_view server_code) noexcept
{
    bool const was_master = connection_ && connection_->identity().role == "master";
    if (server_code == "NOAUTH" || (server_code == "READONLY" && was_master))
        renew();
}

void link::note_unreachable(failure const& why)
{
    unreachable_ = why;
    if (metrics_)
        metrics_->dial_failures().add();
    if (why.code() == failure_code::authentication_failed)
        fail_waiting(why.code(), why.reason());
}

void link::drop(failure_code code, std::string_view reason)
{
    retired_ = std::move(connection_);
    retired_->close();
    if (metrics_) {
        metrics_->connections().add(-1);
        metrics_->lost().add(stopping_ ? 0 : 1);
    }
    next_login_.reset();  // the next connection asks for itself
    if (login_.is_in_flight())
        commands_.abandon(login_);
    login_.forget();
    commands_.lose(code, reason);
    note_flight();
    owner_.on_lost();
}

void link::note_flight()
{
    if (!commands_.is_awaited())
        drained_.set();
    if (!metrics_)
        return;
    std::int64_t const commands = commands_.in_flight();
    auto const bytes = static_cast<std::int64_t>(commands_.bytes_in_flight());
    metrics_->in_flight().add(commands - std::exchange(told_commands_, commands));
    metrics_->bytes_in_flight().add(bytes - std::exchange(told_bytes_, bytes));
}

bool link::on_bytes(char const*& at, char const* end)
{
    timeouts_ = 0;
    bool const crowded = commands_.waiting() > 0;
    bool const in_step = commands_.received(at, end);
    if (!in_step)
        drop(failure_code::protocol_error, commands_.protocol_error());
    else if (login_.was_refused()) [[unlikely]]
        drop(failure_code::connection_lost, "the server refused the new login");
    else if (renewing_ && !commands_.awaits_replies()) [[unlikely]]
        drop(failure_code::connection_lost, "replaced by a new one");
    else if (next_login_) [[unlikely]]
        log_in_again();
    else if (crowded) [[unlikely]]
        flush();  // there is room now
    note_flight();
    return connection_ != nullptr;
}

void link::on_writable()
{
    commands_.written(0, false);
    flush();
}

void link::on_lost(failure_code code, std::string_view reason) { drop(code, reason); }

void link::on_new_credentials(credentials const& who)
{
    if (who.empty())
        return;  // there is no way to log out
    next_login_ = who;
    log_in_again();
}

// One at a time, the last one wins. When no room is left for it, replies will make some.
void link::log_in_again()
{
    if (!connection_ || login_.is_in_flight())
        return;
    login_.set(*next_login_);
    if (!commands_.submit(login_))
        return;
    next_login_.reset();
    home_.call_before_idle(*this);
}

task<> link::drain(boot_clock::duration grace)
{
    drained_.reset();
    if (!connection_ || !commands_.is_awaited())
        co_return;
    flush();
    try {
        co_await within(grace, [](event& drained) -> task<> { co_await drained.wait(); }(drained_));
    } catch (failure const&) {
        // The owner fails what is left now.
    }
}

void link::close()
{
    constexpr auto why = "the client is stopping";
    refuse_new();
    fail_waiting(failure_code::stopped, why);
    if (connection_) {
        drop(failure_code::stopped, why);
        fail_waiting(failure_code::stopped, why);  // what had not left yet
    }
    home_.stop(gathering_);
    home_.forget(*this);
}

}  // namespace redstart
