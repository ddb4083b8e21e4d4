// How a connection writes and ends, and what it does when time is up. The rest of it is in connection.cpp.

#include "redstart/http/connection.hpp"

#include <algorithm>
#include <utility>

namespace redstart::http {

namespace {

std::size_t total(std::span<std::string_view const> parts) noexcept
{
    std::size_t bytes = 0;
    for (auto const part : parts)
        bytes += part.size();
    return bytes;
}

}  // namespace

// ---- Writing and ending ----

void connection::flush()
{
    while (!out_.empty() && !blocked_) {
        auto const parts = out_.parts();
        auto const wanted = total(parts);
        auto const taken = transport_.write_some(parts);
        out_.written(taken);
        written_ += taken;
        if (taken == wanted)
            continue;
        blocked_ = true;
        watch_transfer(watch::write, got_through());
    }
}

void connection::on_writable()
{
    if (phase_ == phase::ended || gone_)
        return;
    auto const parts = out_.parts();
    auto const wanted = total(parts);
    auto const taken = transport_.write_some(parts);
    out_.written(taken);
    written_ += taken;
    if (taken < wanted)
        return;
    blocked_ = false;
    disarm();
    flush();
    if (blocked_)
        return;
    watch_half_closed();
    if (phase_ == phase::closing)
        linger();
    else
        advance();
    resume();
}

// A client may end its side and still read: what it asked before is answered. One that has left altogether looks the
// same until something is written to it.
bool connection::on_end()
{
    at_end_ = true;
    switch (phase_) {
    case phase::reading:
        if (!blocked_)
            finish();
        break;
    case phase::lingering: finish(); break;
    case phase::handling: watch_half_closed(); break;
    case phase::closing:
    case phase::ended: break;
    }
    return true;
}

// While something is being written, that tells whether it is still there.
void connection::watch_half_closed() noexcept
{
    if (at_end_ && phase_ == phase::handling && !blocked_)
        arm(watch::half_closed,
            deadline_after(service_.loop.now(), service_.bounds.half_closed_deadline));
}

void connection::on_closed(std::string_view) { lose_client(); }

void connection::lose_client() noexcept
{
    exchange_.client_has_left = true;
    abort();
}

void connection::close_when_written()
{
    if (!blocked_)
        disarm();
    phase_ = phase::closing;
    reader_.discard();
    drop_body();
    flush();
    if (!blocked_)
        linger();
}

// A socket that is closed while bytes of the client are unread sends a reset, which can overtake the answer.
void connection::linger()
{
    if (at_end_) {
        finish();
        return;
    }
    phase_ = phase::lingering;
    transport_.shut_down_sending();
    arm(watch::linger, deadline_after(service_.loop.now(), service_.bounds.linger_deadline));
    resume();
}

void connection::finish() noexcept
{
    if (std::exchange(phase_, phase::ended) == phase::ended)
        return;
    disarm();
    service_.loop.forget(*this);
    transport_.close();
    service_.loop.ready(*this);  // its owner destroys it from there
}

// ---- Time ----

void connection::arm(watch what, boot_clock::time_point deadline) noexcept
{
    if (std::exchange(watch_, what) != what)
        service_.loop.start(*this, deadline);
}

void connection::disarm() noexcept
{
    if (std::exchange(watch_, watch::nothing) != watch::nothing)
        service_.loop.stop(*this);
}

void connection::expired()
{
    switch (std::exchange(watch_, watch::nothing)) {
    case watch::idle:
    case watch::linger: finish(); break;
    case watch::head: refuse({408, "the head of the request took too long"}); break;
    case watch::body:
        if (!transfer_continues(watch::body, exchange_.request.body.size()))
            refuse({408, "the body of the request took too long"});
        break;
    case watch::half_closed: lose_client(); break;
    case watch::write:
        if (!transfer_continues(watch::write, got_through()))
            lose_client();
        break;
    case watch::nothing: break;
    }
}

// Of what was written, as far as the client has acknowledged it: a socket takes more at long intervals and much at
// once, so what it took says little about how fast somebody reads.
std::uint64_t connection::got_through() const noexcept
{
    return written_ - std::min<std::uint64_t>(transport_.unacknowledged(), written_);
}

// Unless it is watched already. The first `credited` bytes earn nothing.
void connection::watch_transfer(watch what, std::uint64_t credited) noexcept
{
    if (watch_ == what)
        return;
    credited_ = credited;
    arm(what, deadline_after(service_.loop.now(), service_.bounds.transfer_grace));
}

// Whether what got through since the last look has earned more time. Nothing is saved up: a client that was fast at
// first could otherwise be silent for as long as its bytes were worth, and all that time what it sent is kept.
bool connection::transfer_continues(watch what, std::uint64_t bytes) noexcept
{
    constexpr std::uint64_t most = 1'000'000;  // seconds; so that nothing overflows
    auto const& bounds = service_.bounds;
    auto const rate = std::max<std::uint64_t>(bounds.min_rate, 1);
    auto const since = bytes - std::min(credited_, bytes);  // what a unix socket holds is a guess
    auto const earned = std::min(since / rate, most);
    if (earned == 0)
        return false;
    credited_ = bytes;
    boot_clock::duration const worth = std::chrono::seconds{static_cast<std::int64_t>(earned)};
    arm(what, deadline_after(service_.loop.now(), std::min(worth, bounds.transfer_grace)));
    return true;
}

}  // namespace redstart::http
