// How many requests were refused before anything of the application saw them, by status. Private to http.
//
// http.server.request.duration cannot hold them: it wants a method, and often there is none that could be read. The
// statuses are our own, so no client can make the series many.

#pragma once

#include "redstart/observe/metrics.hpp"

#include <unordered_map>

namespace redstart::http {

// Used on one loop's thread. The registry outlives it.
class rejection_counts {
public:
    explicit rejection_counts(metrics_registry& registry) noexcept : registry_{registry} {}

    void add(int status);

private:
    metrics_registry& registry_;
    std::unordered_map<int, counter*> known_;
};

}  // namespace redstart::http
