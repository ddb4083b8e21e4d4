#include "redstart/testing/proxied_stream.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace redstart::testing {

namespace {

constexpr std::size_t most_held = 256 * 1024;  // bytes

}  // namespace

bool proxied_stream::wants_bytes(stream_faults const& doing) const noexcept
{
    return !from_ended_ && !doing.stalled && !frozen_ && held_bytes_ < most_held;
}

std::optional<proxied_stream::clock::time_point> proxied_stream::due(
    stream_faults const& doing) const
{
    if (held_.empty() || doing.stalled || frozen_)
        return std::nullopt;
    return std::max(held_.front().due, next_piece_);
}

proxied_stream::result proxied_stream::take(stream_faults const& doing)
{
    std::array<char, 64 * 1024> buffer;
    auto const came = ::recv(from_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (came < 0)
        return errno == EAGAIN || errno == EINTR ? result::not_now : result::broken;
    if (came == 0) {
        from_ended_ = true;
        return result::done;
    }
    auto const size = static_cast<std::size_t>(came);
    held_.push_back({clock::now() + doing.delay, std::string{buffer.data(), size}});
    held_bytes_ += size;
    return result::done;
}

// In a blob it comes before the end that was announced, in a line before the end of the line, and
// between two values no value begins with it: RESP has no place for a line feed alone.
void proxied_stream::corrupt_oldest()
{
    held_.front().bytes.insert(0, 1, '\n');
    ++held_bytes_;
}

proxied_stream::result proxied_stream::send_due(stream_faults& doing, std::uint64_t& forwarded)
{
    if (doing.swallowed) {
        has_swallowed_ = true;
        held_bytes_ = 0;
        held_.clear();
        return result::not_now;
    }
    if (doing.cut_left == 0u)
        return result::cut;
    if (doing.corrupted_left == 0u) {
        corrupt_oldest();
        doing.corrupted_left.reset();
    }
    auto& chunk = held_.front();
    auto size = chunk.bytes.size();
    if (doing.piece != 0)
        size = std::min(size, doing.piece);
    for (auto const left : {doing.cut_left, doing.corrupted_left})
        size = std::min<std::size_t>(size, left.value_or(size));
    auto const sent = ::send(to_, chunk.bytes.data(), size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0)
        return errno == EAGAIN ? result::not_now : result::broken;
    auto const passed = static_cast<std::size_t>(sent);
    forwarded += passed;
    held_bytes_ -= passed;
    for (auto* const left : {&doing.cut_left, &doing.corrupted_left})
        if (*left)
            **left -= passed;
    if (doing.piece != 0)
        next_piece_ = clock::now() + between_pieces;
    if (passed == chunk.bytes.size())
        held_.pop_front();
    else
        chunk.bytes.erase(0, passed);
    return result::done;
}

void proxied_stream::end_softly()
{
    if (from_ended_ && held_.empty() && !std::exchange(to_ended_, true))
        ::shutdown(to_, SHUT_WR);
}

}  // namespace redstart::testing
