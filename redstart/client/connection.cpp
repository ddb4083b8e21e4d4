#include "redstart/client/connection.hpp"

#include "redstart/task/within.hpp"

#include <algorithm>
#include <cstring>

namespace redstart {

using engine::handshake;

namespace {

// Room for any line that the parser allows, and for a large batch of small replies.
constexpr std::size_t input_size = 128 * 1024;
// While bytes go past that buffer: what is read into it is copied, and only tells that more has come.
constexpr std::size_t input_beside = 4096;

// What a provider throws is the reason of a failed dial, but for the end of our own patience.
task<credentials> fetch(credentials_provider& from)
{
    std::string why;
    try {
        co_return co_await from.fetch();
    } catch (failure const& failed) {
        if (failed.code() == failure_code::timed_out || failed.code() == failure_code::cancelled)
            throw;
        why = failed.what();
    } catch (std::exception const& failed) {
        why = failed.what();
    } catch (...) {
        why = "what the provider threw does not say why";
    }
    throw failure{{.code = failure_code::connect_failed,
                   .outcome = outcome::not_sent,
                   .command = {},
                   .reason = "no credentials: " + why,
                   .server_text = {}}};
}

// What an observer is told of a dial.
class dial_watch {
public:
    dial_watch(loop& where, client_options const& options, dial_purpose purpose)
        : where_{where}, observer_{options.observer.get()}, dial_{options.server, purpose},
          began_{where.now()}
    {
        if (observer_)
            observer_->on_dial_begin(dial_);
    }

    void end(observed_dial_end how) const noexcept
    {
        how.took = where_.now() - began_;
        if (observer_)
            observer_->on_dial_end(dial_, how);
    }

private:
    loop& where_;
    client_observer* observer_;
    observed_dial dial_;
    boot_clock::time_point began_;
};

}  // namespace

connection::connection(loop& home, client_options const& options, credentials who,
                       std::uint64_t seen)
    : home_{home}, credentials_{options.credentials}, seen_{seen},
      handshake_{std::in_place, options.login, std::move(who)}, in_(input_size)
{
}

task<std::unique_ptr<connection>> connection::open(loop& where, client_options const& options)
{
    auto const from = options.credentials;
    auto const seen = from ? from->pushes() : 0;
    auto who = from ? co_await fetch(*from) : credentials{};
    auto dialled = std::make_unique<connection>(where, options, std::move(who), seen);
    dialled->stream_ = co_await net::connect(where, options.server, options.socket, options.tls);
    co_await dialled->shake_hands();
    co_return dialled;
}

task<std::expected<std::unique_ptr<connection>, failure>> connection::try_dial(
    loop& where, client_options const& options, dial_purpose purpose)
{
    dial_watch const told{where, options, purpose};
    auto dialled = co_await try_open(where, options);
    if (dialled)
        told.end({.server = &(*dialled)->identity()});
    else
        told.end({.failed = &dialled.error()});
    co_return dialled;
}

task<std::expected<std::unique_ptr<connection>, failure>> connection::try_open(
    loop& where, client_options const& options)
{
    try {
        co_return co_await within(options.dial_timeout, open(where, options));
    } catch (failure const& why) {
        co_return std::unexpected{why};
    } catch (std::exception const& why) {  // no thread, no memory: the next attempt may have them
        co_return std::unexpected{failure{{.code = failure_code::connect_failed,
                                           .outcome = outcome::not_sent,
                                           .command = {},
                                           .reason = why.what(),
                                           .server_text = {}}}};
    }
}

bool connection::attach(owner& whose) noexcept
{
    owner_ = &whose;
    bool const usable = lost_because_.empty() && held_ == 0;
    if (usable && credentials_)
        credentials_->follow(*this, home_, seen_);
    return usable;
}

void connection::unfollow() noexcept
{
    if (auto const from = std::exchange(credentials_, nullptr))
        from->forget(*this);
}

void connection::log_in_again(credentials const& who)
{
    if (owner_)
        owner_->on_new_credentials(who);
}

task<> connection::shake_hands()
{
    stream_.start(*this);
    pump_handshake(handshake::action::write);
    co_await settled_.wait();
    if (state_ != handshake::action::ready)
        throw handshake_failure();
}

// Writes what the handshake wants written, and notes when it is settled.
void connection::pump_handshake(handshake::action next)
{
    bool const still_writing =
        state_ == handshake::action::write && handshake_sent_ < handshake_->output().size();
    state_ = next == handshake::action::read && still_writing ? handshake::action::write : next;
    if (next == handshake::action::write) {
        auto const left = handshake_->output().substr(handshake_sent_);
        handshake_sent_ += stream_.write_some(left);
        if (handshake_sent_ == handshake_->output().size())
            state_ = handshake::action::read;
    }
    if (state_ == handshake::action::ready || state_ == handshake::action::failed)
        settled_.set();
}

// It broke, or is out of step, before it was settled.
void connection::fail_handshake(failure_code code, std::string_view why)
{
    lost_code_ = code;
    lost_because_ = "during the handshake: " + std::string{why};
    state_ = handshake::action::failed;
    settled_.set();
}

failure connection::handshake_failure() const
{
    if (!lost_because_.empty())
        return failure{{.code = lost_code_,
                        .outcome = outcome::not_sent,
                        .command = {},
                        .reason = lost_because_,
                        .server_text = {}}};
    return failure{{.code = handshake_->code(),
                    .outcome = outcome::not_sent,
                    .command = {},
                    .reason = handshake_->reason(),
                    .server_text = handshake_->server_text()}};
}

void connection::close() noexcept
{
    owner_ = nullptr;
    unfollow();
    stream_.close();
}

std::span<char> connection::read_buffer()
{
    if (held_ == in_.size())
        in_.resize(in_.size() * 2);  // the parser's limits bound what can be held
    else if (held_ == 0 && in_.size() > input_size)
        in_ = std::vector<char>(input_size);  // after a peak
    auto const room = std::span{in_}.subspan(held_);
    return has_bypassed_ ? room.first(std::min(room.size(), input_beside)) : room;
}

void connection::on_read(std::size_t bytes)
{
    held_ += bytes;
    char const* at = in_.data();
    char const* const end = at + held_;
    if (state_ == handshake::action::read || state_ == handshake::action::write) {
        auto const next = handshake_->received(at, end);
        if (next == handshake::action::write)
            handshake_sent_ = 0;
        if (next == handshake::action::ready && at != end)
            return fail_handshake(failure_code::protocol_error, "a reply that nobody waits for");
        pump_handshake(next);
    } else if (owner_ && !owner_->on_bytes(at, end)) {
        return;
    }
    held_ = static_cast<std::size_t>(end - at);
    if (held_ != 0)
        std::memmove(in_.data(), at, held_);
    has_bypassed_ = false;
    if (owner_ && held_ == 0)
        owner_->on_rest(*this);
}

std::size_t connection::read(std::span<char> into) noexcept
{
    has_bypassed_ = true;
    return stream_.read_some(into);
}

void connection::on_writable()
{
    if (state_ == handshake::action::write)
        pump_handshake(handshake::action::write);
    else if (owner_)
        owner_->on_writable();
}

void connection::on_closed(std::string_view reason)
{
    std::string_view const why = reason.empty() ? "the server closed the connection" : reason;
    if (!settled_.is_set()) {
        fail_handshake(failure_code::connect_failed, why);
    } else if (owner_) {
        owner_->on_lost(failure_code::connection_lost, why);
    } else if (state_ == handshake::action::ready) {
        lost_because_ = why;  // a refused login keeps its own reason
    }
}

}  // namespace redstart
