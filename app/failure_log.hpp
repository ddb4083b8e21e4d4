// Failures of requests, one line each as long as they are few. When everything fails, a line for each would fill the
// disk and hide what else is said.

#pragma once

#include "redstart/base/clock.hpp"

#include <cstdint>
#include <exception>
#include <mutex>
#include <optional>
#include <string_view>

namespace redstart::app {

// Writes the first line at once, then at most one in a second, with the number of those left out. Any thread.
class failure_log {
public:
    failure_log() = default;
    failure_log(failure_log const&) = delete;
    failure_log& operator=(failure_log const&) = delete;
    ~failure_log();  // tells how many were left out last

    void write(std::string_view method, std::string_view route, std::exception_ptr const& why);

private:
    // How many were left out since the last line, if one may be written now.
    std::optional<std::uint64_t> admit(boot_clock::time_point now);

    std::mutex mutex_;
    std::optional<boot_clock::time_point> last_;
    std::uint64_t left_out_ = 0;
};

}  // namespace redstart::app
