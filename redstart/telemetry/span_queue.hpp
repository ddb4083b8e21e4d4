// Finished spans that wait to be sent, in the order in which they came. Bounded in count. Private to
// redstart/telemetry.

#pragma once

#include "redstart/observe/span.hpp"

#include <cstddef>
#include <deque>
#include <vector>

namespace redstart::telemetry {

// Not synchronised. Batches are kept as they came, so that adding one moves no span.
class span_queue {
public:
    explicit span_queue(std::size_t capacity) : capacity_{capacity} {}

    // Keeps as many of them as there is room for, from the front; returns how many that were not.
    std::size_t add(std::vector<span_record>&& finished);

    // The oldest spans, at most `count`.
    std::vector<span_record> remove(std::size_t count);

    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }

private:
    std::size_t capacity_;
    std::size_t size_ = 0;
    std::size_t used_ = 0;  // spans of the first batch that are gone
    std::deque<std::vector<span_record>> batches_;
};

}  // namespace redstart::telemetry
