#include "redstart/client/subscriber.hpp"

#include "redstart/task/sleep.hpp"
#include "redstart/task/within.hpp"

#include <cassert>
#include <utility>

namespace redstart {

namespace {

// Until what the server could not do is asked for again, as while a script runs.
constexpr auto put_off_for = std::chrono::milliseconds{100};

failure subscribe_failure(failure const& like, engine::feed_kind kind, std::source_location where)
{
    return failure{{.code = like.code(),
                    .outcome = like.outcome(),
                    .command = std::string{subscribe_name(kind)},
                    .reason = like.reason(),
                    .server_text = like.server_text()},
                   where};
}

failure client_stopped()
{
    return failure{{.code = failure_code::stopped,
                    .outcome = outcome::not_sent,
                    .command = {},
                    .reason = "the client has been stopped",
                    .server_text = {}}};
}

// Whether it was set before that time had passed.
task<bool> is_set_within(boot_clock::duration limit, event& awaited)
{
    try {
        co_await within(limit, [](event& set) -> task<> { co_await set.wait(); }(awaited));
        co_return true;
    } catch (failure const& why) {
        if (why.code() != failure_code::timed_out)
            throw;
        co_return false;
    }
}

}  // namespace

std::string_view subscribe_name(engine::feed_kind kind) noexcept
{
    switch (kind) {
    case engine::feed_kind::channel: return "SUBSCRIBE";
    case engine::feed_kind::pattern: return "PSUBSCRIBE";
    case engine::feed_kind::shard_channel: break;
    }
    return "SSUBSCRIBE";
}

subscriber::subscriber(loop& home, client_options const& options, command_metrics* connections,
                       subscription_metrics* metrics)
    : home_{home}, options_{options}, connections_{connections}, metrics_{metrics},
      state_{options.replies}, work_{home}
{
    assert(options.subscription_check.count() > 0 && "a silence has a length");
}

// On any thread, so it touches nothing of the loop: stop() has seen to that.
subscriber::~subscriber() = default;

// ---- Coming and going ---------------------------------------------------------------------------

task<std::unique_ptr<mailbox>> subscriber::subscribe(engine::feed what,
                                                     subscription_options options,
                                                     std::source_location where)
{
    if (stopping_)
        throw subscribe_failure(client_stopped(), what.kind, where);
    auto box = std::make_unique<mailbox>(options, metrics_);
    enter(what, *box);
    auto const limit = options_.command_timeout;
    try {
        if (limit.count() > 0)
            co_await within(limit, box->wait_until_settled());
        else
            co_await box->wait_until_settled();
    } catch (failure const& why) {
        throw why_not(why, what.kind, where);  // the mailbox leaves its feed
    }
    if (!box->is_confirmed())
        throw subscribe_failure(*box->failed_of(), what.kind, where);
    co_return box;
}

failure subscriber::why_not(failure const& ended, engine::feed_kind kind,
                            std::source_location where) const
{
    bool const has_reason = ended.code() == failure_code::timed_out && unreachable_;
    return subscribe_failure(has_reason ? *unreachable_ : ended, kind, where);
}

void subscriber::enter(engine::feed const& what, mailbox& reader)
{
    auto const [at, is_new] = feeds_.try_emplace(what, *this, what);
    auto& feed = at->second;
    feed.add(reader);
    if (is_new && state_.want(what, feed))
        feed.on_live();
    home_.call_before_idle(*this);
    if (!std::exchange(running_, true))
        work_.spawn(keep_connected());
}

void subscriber::retire(shared_feed& empty) noexcept
{
    state_.unwant(empty.what());
    feeds_.erase(feeds_.find(empty.what()));
    idle_since_ = home_.now();
    if (connection_)
        home_.call_before_idle(*this);
}

task<> subscriber::wait_until_left(engine::feed const& what)
{
    auto const left = [](subscriber& self, engine::feed feed) -> task<> {
        while (self.connection_ && self.state_.is_leaving(feed)) {
            self.changed_.reset();
            co_await self.changed_.wait();
        }
    };
    if (options_.command_timeout.count() > 0)
        co_await within(options_.command_timeout, left(*this, what));
    else
        co_await left(*this, what);
}

// The action may end the feed that it is given, and no other.
template <class Action>
void subscriber::for_each_feed(Action action)
{
    for (auto at = feeds_.begin(); at != feeds_.end();)
        action((at++)->second);
}

task<> subscriber::stop()
{
    refuse_new();
    for_each_feed([](shared_feed& each) { each.end_all(); });
    if (connection_)
        drop("the client is stopping");
    co_await work_.stop();
    if (connection_)
        drop("the client is stopping");  // a dial had succeeded before it heard of this
    retired_.reset();
    home_.forget(*this);
}

// ---- The connection -----------------------------------------------------------------------------

// Runs while there are subscriptions. Every dial but the first is preceded by a pause, as a lane's.
task<> subscriber::keep_connected()
{
    backoff pause{options_.reconnect};
    while (state_.wanted() > 0) {
        co_await try_dial();
        auto const settled_at = home_.now();
        bool const connected = connection_ != nullptr;
        co_await attend();
        retired_.reset();
        if (connected && home_.now() - settled_at > 2 * options_.reconnect.limit)
            pause.reset();
        if (state_.wanted() > 0)
            co_await sleep_for(pause.next());
    }
    running_ = false;
    was_connected_ = false;
}

task<> subscriber::try_dial()
{
    auto dialled = co_await connection::try_dial(home_, options_, dial_purpose::subscriptions);
    if (dialled)
        adopt(std::move(*dialled));
    else
        unreachable_ = std::move(dialled).error();
    if (!unreachable_ || stopping_)
        co_return;
    if (connections_)
        connections_->dial_failures().add();
    if (unreachable_->code() == failure_code::authentication_failed)  // no waiting makes it right
        for_each_feed([&](shared_feed& each) { each.fail_unconfirmed(*unreachable_); });
}

// Until the connection is gone.
task<> subscriber::attend()
{
    while (connection_) {
        stirred_.reset();
        auto const pause =
            state_.has_put_off() ? boot_clock::duration{put_off_for} : options_.subscription_check;
        bool const stirred = co_await is_set_within(pause, stirred_);
        if (!connection_ || stirred)
            continue;
        state_.ask_again();
        if (is_idle())
            drop("no subscription is left");
        else if (is_silent())
            co_await look_after_silence();
        flush();
    }
}

bool subscriber::is_silent() noexcept
{
    return home_.now() - heard_at_ >= options_.subscription_check;
}

bool subscriber::is_idle() noexcept
{
    return state_.wanted() == 0 && home_.now() - idle_since_ >= options_.subscription_check;
}

// Nothing was heard for a while. If not even a PING is answered, either the server is stuck, or only this connection
// is: a new one tells.
task<> subscriber::look_after_silence()
{
    if (!std::exchange(asked_, true)) {
        state_.ping();
        co_return;
    }
    auto fresh = co_await connection::try_dial(home_, options_, dial_purpose::subscriptions);
    if (!fresh)
        co_return;  // stuck as a whole: a new connection would be no better than this one
    // A server that was stuck and goes on answers both, in any order: the old one is given as long again.
    if (connection_ && asked_)
        co_await sleep_for(options_.subscription_check);
    if (connection_ && asked_)  // and nothing has come since
        drop("silent, while the server answers others");
    if (!connection_ && !stopping_)
        adopt(std::move(*fresh));
}

void subscriber::adopt(std::unique_ptr<connection> fresh)
{
    connection_ = std::move(fresh);
    unreachable_.reset();
    heard_at_ = home_.now();
    asked_ = blocked_ = false;
    state_.open();
    if (connections_)
        connections_->connections().add(1);
    if (std::exchange(was_connected_, true) && metrics_)
        metrics_->reconnects.add();
    if (connection_->attach(*this))
        flush();
    else
        drop("the server closed the connection");
}

void subscriber::drop(std::string_view)
{
    retired_ = std::move(connection_);
    retired_->close();
    if (connections_) {
        connections_->connections().add(-1);
        connections_->lost().add(stopping_ || state_.wanted() == 0 ? 0 : 1);
    }
    state_.lose();
    stirred_.set();
    changed_.set();
}

void subscriber::flush()
{
    while (connection_ && !blocked_) {
        auto const out = state_.output();
        if (out.empty())
            return;
        auto const taken = connection_->write_some(out);
        blocked_ = taken < out.size();
        state_.written(taken);
    }
}

bool subscriber::on_bytes(char const*& at, char const* end)
{
    heard_at_ = home_.now();
    asked_ = false;
    bool const had_put_off = state_.has_put_off();
    if (!state_.received(at, end)) {
        drop(state_.protocol_error());
        return false;
    }
    changed_.set();
    if (state_.has_put_off() && !had_put_off)
        stirred_.set();  // only then, or what comes all the time would put it off for ever
    home_.call_before_idle(*this);
    return true;
}

void subscriber::on_writable()
{
    blocked_ = false;
    flush();
}

void subscriber::on_lost(failure_code, std::string_view reason) { drop(reason); }

void subscriber::on_new_credentials(credentials const& who)
{
    if (who.empty())
        return;  // there is no way to log out
    if (connection_->identity().protocol < 3)
        return drop("a server that speaks RESP2 takes no login among subscriptions");
    state_.log_in(who);
    home_.call_before_idle(*this);
}

}  // namespace redstart
