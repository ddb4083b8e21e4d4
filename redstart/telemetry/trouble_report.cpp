#include "redstart/telemetry/trouble_report.hpp"

#include <algorithm>
#include <utility>

namespace redstart::telemetry {

void trouble_report::failed(std::uint64_t spans, std::string_view error_type,
                            std::string_view detail)
{
    constexpr std::size_t longest_detail = 200;
    failed_ += spans;
    shipped_since_ = false;
    reason_ = error_type;
    if (detail.empty())
        return;
    auto const before = static_cast<std::ptrdiff_t>(reason_.append(": ").size());
    reason_.append(detail.substr(0, longest_detail));
    auto const unprintable = [](char c) { return c < ' ' || c > '~'; };
    std::replace_if(reason_.begin() + before, reason_.end(), unprintable, '?');
}

std::optional<std::string> trouble_report::due(boot_clock::time_point now)
{
    bool const quiet = last_ && now - *last_ < interval_;
    if (failed_ + dropped_ > 0) {
        troubled_ = true;
        if (quiet)
            return std::nullopt;
        last_ = now;
        return line();
    }
    if (!troubled_ || !shipped_since_ || quiet)
        return std::nullopt;
    troubled_ = false;
    last_.reset();
    return "spans reach " + target_ + " again";
}

std::string trouble_report::line()
{
    std::string text;
    if (auto const lost = std::exchange(failed_, 0); lost > 0)
        text = std::to_string(lost) + " spans did not reach " + target_ + " (" + reason_ + ")";
    if (auto const lost = std::exchange(dropped_, 0); lost > 0) {
        text.append(text.empty() ? "" : ", ").append(std::to_string(lost));
        text.append(" spans were dropped because too many were waiting");
    }
    return text;
}

}  // namespace redstart::telemetry
