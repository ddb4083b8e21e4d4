#include "redstart/client/message_buffer.hpp"

#include <utility>

namespace redstart {

std::size_t message_buffer::size_of(published const& one) noexcept
{
    return one.channel.size() + one.pattern.size() + one.text.size();
}

bool message_buffer::has_room(std::size_t bytes) const noexcept
{
    return held_.empty() ||
           (held_.size() < options_.messages && stats_.buffered_bytes + bytes <= options_.bytes);
}

bool message_buffer::push(published&& added)
{
    auto const bytes = size_of(added);
    if (options_.when_full == overflow_policy::close && !has_room(bytes))
        return false;
    while (!has_room(bytes))
        drop_oldest();
    added.after_gap = std::exchange(gap_before_next_, false);
    held_.push_back(std::move(added));
    stats_.buffered_bytes += bytes;
    stats_.buffered = held_.size();
    return true;
}

// The mark goes to the message behind it, which may have one of its own: then both are one gap.
void message_buffer::drop_oldest() noexcept
{
    bool const was_marked = take_out().after_gap;
    ++stats_.dropped;
    auto& next = held_.empty() ? gap_before_next_ : held_.front().after_gap;
    if (was_marked)
        next = true;
    else
        mark(next);
}

published message_buffer::take_out() noexcept
{
    stats_.buffered_bytes -= size_of(held_.front());
    auto oldest = std::move(held_.front());
    held_.pop_front();
    stats_.buffered = held_.size();
    return oldest;
}

void message_buffer::note_lost() noexcept
{
    ++stats_.dropped;
    note_gap();
}

std::optional<published> message_buffer::pop()
{
    if (held_.empty())
        return std::nullopt;
    ++stats_.delivered;
    return take_out();
}

}  // namespace redstart
