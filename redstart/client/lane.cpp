#include "redstart/client/lane.hpp"

#include "redstart/task/sleep.hpp"
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

failure cannot_dial(std::string reason)
{
    return failure{{.code = failure_code::connect_failed,
                    .outcome = outcome::not_sent,
                    .command = {},
                    .reason = std::move(reason),
                    .server_text = {}}};
}

failure lane_stopped()
{
    return failure{{.code = failure_code::stopped,
                    .outcome = outcome::not_sent,
                    .command = {},
                    .reason = "the client has been stopped",
                    .server_text = {}}};
}

}  // namespace

lane::lane(loop& home, client_options const& options, client_observers observers)
    : home_{home}, options_{options}, observers_{observers},
      commands_{options.in_flight, options.replies}, work_{home}
{
    if (observers.metrics)
        metrics_.emplace(*observers.metrics, options);
}

// On any thread, so it touches nothing of the loop: stop() has seen to that.
lane::~lane() = default;

lane::admission lane::submit(engine::slot& added) noexcept
{
    if (stopping_) [[unlikely]]
        return admission::stopped;
    return resubmit(added);
}

lane::admission lane::resubmit(engine::slot& added) noexcept
{
    if (!commands_.submit(added)) [[unlikely]]
        return admission::overloaded;
    if (!connection_) [[unlikely]]
        want_connection();
    ++unflushed_;
    return admission::accepted;
}

void lane::flush_if_many()
{
    auto const enough =
        std::clamp(commands_.in_flight() / flush_share, flush_at_least, flush_at_most);
    if (unflushed_ >= enough)
        flush();
    else
        home_.call_before_idle(*this);
}

void lane::before_idle()
{
    flush();
    hand_over_spans();
}

void lane::flush()
{
    unflushed_ = 0;
    while (connection_) {
        auto const out = commands_.output();
        if (out.empty())
            return;
        auto const taken = connection_->write_some(out);
        bool const blocked = taken < out.size();
        commands_.written(taken, blocked);
        if (blocked)
            return;
    }
}

outcome lane::abandon(engine::slot& given_up)
{
    auto const result = commands_.abandon(given_up);
    note_if_drained();
    return result;
}

void lane::note_timeout()
{
    bool const probes = options_.timeouts_before_probe != 0;
    if (!probes || ++timeouts_ < options_.timeouts_before_probe || probing_ || stopping_)
        return;
    probing_ = true;
    work_.spawn(probe());
}

// A slot is linked already, so there is no way back: without the few bytes that this takes, the program ends.
void lane::want_connection() noexcept
{
    if (std::exchange(started_, true))
        return;
    work_.spawn(keep_connected());
}

// Runs until the lane stops. Every dial but the first is preceded by a pause, so that a server which accepts and hangs
// up at once is not stormed; the pauses begin anew once a connection has lasted.
task<> lane::keep_connected()
{
    backoff pause{options_.reconnect};
    while (true) {
        co_await try_dial();
        auto const settled_at = home_.now();
        if (connection_) {
            co_await lost_.wait();
            if (home_.now() - settled_at > 2 * options_.reconnect.limit)
                pause.reset();
        }
        retired_.reset();
        co_await sleep_for(pause.next());
    }
}

task<> lane::try_dial()
{
    std::unique_ptr<connection> fresh;
    std::optional<failure> failed;
    try {
        fresh = co_await within(options_.dial_timeout, connection::dial(home_, options_));
    } catch (failure const& why) {
        failed = why;
    } catch (std::exception const& why) {
        failed = cannot_dial(why.what());  // no thread, no memory: the next attempt may have them
    }
    if (fresh)
        adopt(std::move(fresh));
    else if (!stopping_)
        note_dial_failure(*failed);
}

void lane::adopt(std::unique_ptr<connection> fresh)
{
    connection_ = std::move(fresh);
    identity_ = connection_->identity();
    last_failure_.reset();
    lost_.reset();
    timeouts_ = 0;
    commands_.open();
    if (metrics_)
        metrics_->connections().add(1);
    settled_.set();
    if (connection_->attach(*this))
        flush();
    else
        on_lost(failure_code::connection_lost, "the server closed the connection");
}

void lane::note_dial_failure(failure const& why)
{
    last_failure_ = why;
    if (metrics_)
        metrics_->dial_failures().add();
    // Waiting will not make a wrong password right; everything else may pass, so commands wait until their deadlines.
    if (why.code() == failure_code::authentication_failed)
        commands_.fail_waiting(why.code(), why.reason());
    settled_.set();
}

void lane::drop_connection(failure_code code, std::string_view reason)
{
    retired_ = std::move(connection_);
    retired_->close();
    if (metrics_) {
        metrics_->connections().add(-1);
        metrics_->lost().add(stopping_ ? 0 : 1);
    }
    commands_.lose(code, reason);
    lost_.set();
    note_if_drained();
}

void lane::note_if_drained()
{
    if (commands_.in_flight() == 0)
        drained_.set();
}

bool lane::on_bytes(char const*& at, char const* end)
{
    timeouts_ = 0;
    bool const in_step = commands_.received(at, end);
    if (!in_step)
        drop_connection(failure_code::protocol_error, commands_.protocol_error());
    note_if_drained();
    return in_step;
}

void lane::on_writable()
{
    commands_.written(0, false);
    flush();
}

void lane::on_lost(failure_code code, std::string_view reason) { drop_connection(code, reason); }

// Several commands timed out and not a byte came: either the server is stuck, or only this connection is. A new one
// tells.
task<> lane::probe()
{
    bool answers = false;
    try {
        co_await within(options_.dial_timeout, connection::dial(home_, options_));
        answers = true;
    } catch (std::exception const&) {
        // Stuck as a whole: a new connection would be no better than this one.
    }
    probing_ = false;
    bool const still_silent = timeouts_ >= options_.timeouts_before_probe;
    timeouts_ = 0;
    if (answers && still_silent && connection_)
        drop_connection(failure_code::connection_lost, "silent, while the server answers others");
}

task<engine::server_identity> lane::connect()
{
    while (!connection_ && !stopping_) {
        settled_.reset();
        want_connection();
        co_await settled_.wait();
        if (!connection_ && !stopping_ && last_failure_)
            throw *last_failure_;
    }
    if (stopping_)
        throw lane_stopped();
    co_return identity_;
}

task<> lane::stop(boot_clock::duration grace)
{
    refuse_new();
    settled_.set();
    drained_.reset();
    if (connection_ && commands_.in_flight() > 0) {
        flush();
        try {
            co_await within(grace,
                            [](event& drained) -> task<> { co_await drained.wait(); }(drained_));
        } catch (failure const&) {
            // What is left now is failed below.
        }
    }
    fail_everything();
    co_await work_.stop();
    fail_everything();  // a dial may have succeeded before it heard of this
    retired_.reset();
    home_.forget(*this);
    hand_over_spans();
}

void lane::fail_everything()
{
    constexpr auto why = "the client is stopping";
    commands_.fail_waiting(failure_code::stopped, why);
    if (!connection_)
        return;
    drop_connection(failure_code::stopped, why);
    commands_.fail_waiting(failure_code::stopped, why);  // what had not left yet
}

void lane::deliver(span_record finished)
{
    spans_.push_back(std::move(finished));
    if (stopping_)
        hand_over_spans();  // nobody will call this lane any more
    else
        home_.call_before_idle(*this);
}

void lane::hand_over_spans()
{
    if (!spans_.empty())
        observers_.spans->take(std::exchange(spans_, {}));
}

}  // namespace redstart
