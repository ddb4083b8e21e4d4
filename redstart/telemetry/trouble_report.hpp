// When to tell the operator that spans are lost, and in which words: at once the first time, then at most once per
// interval with what was lost meanwhile, and once when all is well again. Private to redstart/telemetry.

#pragma once

#include "redstart/base/clock.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace redstart::telemetry {

// Reads no clock. One thread at a time.
class trouble_report {
public:
    trouble_report(std::string_view target, boot_clock::duration interval)
        : target_{target}, interval_{interval}
    {
    }

    // What a library or the receiver says in `detail` is shortened, and shown without control characters.
    void failed(std::uint64_t spans, std::string_view error_type, std::string_view detail = {});
    void dropped(std::uint64_t spans) { dropped_ += spans; }
    void shipped() { shipped_since_ = true; }

    // The line to log now, if any.
    std::optional<std::string> due(boot_clock::time_point now);

private:
    std::string line();

    std::string target_;
    boot_clock::duration interval_;
    std::optional<boot_clock::time_point> last_;  // line about trouble
    bool troubled_ = false;                       // since the last line about recovery
    bool shipped_since_ = false;                  // the last loss
    std::uint64_t failed_ = 0;
    std::uint64_t dropped_ = 0;
    std::string reason_;
};

}  // namespace redstart::telemetry
