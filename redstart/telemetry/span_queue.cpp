#include "redstart/telemetry/span_queue.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace redstart::telemetry {

std::size_t span_queue::add(std::vector<span_record>&& finished)
{
    auto batch = std::move(finished);
    auto const kept = std::min(batch.size(), capacity_ - size_);
    auto const left_over = batch.size() - kept;
    batch.resize(kept);
    if (kept > 0)
        batches_.push_back(std::move(batch));
    size_ += kept;
    return left_over;
}

std::vector<span_record> span_queue::remove(std::size_t count)
{
    std::vector<span_record> removed;
    removed.reserve(std::min(count, size_));
    while (removed.size() < count && size_ > 0) {
        auto& first = batches_.front();
        auto const wanted = std::min(count - removed.size(), first.size() - used_);
        auto const from = first.begin() + static_cast<std::ptrdiff_t>(used_);
        std::move(from, from + static_cast<std::ptrdiff_t>(wanted), std::back_inserter(removed));
        used_ += wanted;
        size_ -= wanted;
        if (used_ == first.size()) {
            batches_.pop_front();
            used_ = 0;
        }
    }
    return removed;
}

}  // namespace redstart::telemetry
