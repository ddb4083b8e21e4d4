#include "tests/soak/channel_oracle.hpp"

#include <charconv>
#include <utility>

namespace redstart::soak {

channel_oracle::number channel_oracle::next_number()
{
    messages_.emplace_back();
    return messages_.size();
}

void channel_oracle::publish_failed(number which, outcome result)
{
    if (result == outcome::maybe_applied)
        messages_[which - 1].sent = sending::maybe;
}

void channel_oracle::subscribed()
{
    from_ = last_ = messages_.size();
    gap_ = false;
}

std::string channel_oracle::received(std::string_view text, bool after_gap)
{
    gap_ = gap_ || after_gap;
    auto const which = number_of(text);
    if (which == 0 || messages_[which - 1].sent == sending::never)
        return name_ + " brought what was never published there: " + std::string{text};
    if (std::exchange(messages_[which - 1].received, true))
        return name_ + " brought message " + std::to_string(which) + " twice";
    if (messages_[which - 1].sent == sending::maybe || which <= from_)
        return {};
    return check_order(which);
}

std::string channel_oracle::check_order(number which)
{
    auto const last = std::exchange(last_, which);
    if (which < last)
        return name_ + " brought message " + std::to_string(which) + " after " +
               std::to_string(last);
    if (std::exchange(gap_, false))
        return {};
    for (number between = last + 1; between < which; ++between)
        if (messages_[between - 1].sent == sending::acknowledged)
            return name_ + " brought message " + std::to_string(which) + ", not " +
                   std::to_string(between) + ", and no mark";
    return {};
}

channel_oracle::number channel_oracle::number_of(std::string_view text) const
{
    auto const prefix = name_ + '#';
    if (!text.starts_with(prefix))
        return 0;
    number which = 0;
    std::from_chars(text.data() + prefix.size(), text.data() + text.size(), which);
    return which <= messages_.size() ? which : 0;
}

}  // namespace redstart::soak
