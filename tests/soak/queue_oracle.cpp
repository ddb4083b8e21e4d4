#include "tests/soak/queue_oracle.hpp"

namespace redstart::soak {

queue_oracle::element queue_oracle::next_element()
{
    records_.emplace_back();
    return records_.size();
}

void queue_oracle::pushed(element which) { records_[which - 1].pushed = origin::acknowledged; }

std::string queue_oracle::push_failed(element which, outcome result)
{
    auto& told = records_[which - 1];
    told.pushed = result == outcome::maybe_applied ? origin::maybe : origin::never;
    if (told.pushed == origin::never && told.given != place::unknown)
        return wrong(which, "was given out, though pushing it failed");
    return {};
}

std::string queue_oracle::give_out(element which, place to)
{
    if (which == 0 || which > records_.size() || records_[which - 1].pushed == origin::never)
        return wrong(which, "was given out, and never pushed");
    if (records_[which - 1].given != place::unknown)
        return wrong(which, "was given out twice");
    records_[which - 1].given = to;
    return {};
}

std::string queue_oracle::check_at_the_end(std::vector<element> const& waiting,
                                           std::vector<element> const& moved) const
{
    std::vector<int> left(records_.size());
    for (auto const* const list : {&waiting, &moved})
        for (auto const which : *list)
            if (which == 0 || which > left.size() || ++left[which - 1] > 1)
                return wrong(which, "is there twice in the end, or was never pushed");
    for (auto const which : waiting)
        if (records_[which - 1].given != place::unknown)
            return wrong(which, "was given out, and waits again in the end");
    std::int64_t lost = 0;
    for (element which = 1; which <= records_.size(); ++which) {
        auto const& told = records_[which - 1];
        bool const is_left = left[which - 1] > 0;
        if (told.given == place::unknown && told.pushed == origin::acknowledged && !is_left)
            ++lost;
        if (is_left && told.given == place::popped)
            return wrong(which, "was popped, and has been moved as well");
        if (!is_left && told.given == place::moved)
            return wrong(which, "was moved, and is gone");
    }
    if (lost <= maybe_popped_)
        return {};
    return key_ + " has lost " + std::to_string(lost) + " elements, while only " +
           std::to_string(maybe_popped_) + " pops may have taken one";
}

std::string queue_oracle::wrong(element which, std::string const& what) const
{
    return "element " + std::to_string(which) + " of " + key_ + " " + what;
}

}  // namespace redstart::soak
