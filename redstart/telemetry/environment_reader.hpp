// Typed reads of environment variables that collect the first complaint instead of stopping at it.
//
// A read whose value makes no sense returns the fallback and remembers why. Whoever reads must ask error() before using
// what was read. Private to redstart/telemetry.

#pragma once

#include "redstart/telemetry/options.hpp"

#include <initializer_list>

namespace redstart::telemetry {

// A variable that is set and not empty, or nothing: then the value is empty.
struct setting {
    std::string_view name;
    std::string value;

    explicit operator bool() const noexcept { return !value.empty(); }
};

// Lives for one reading of the environment; references it. Names must outlive it: they are literals.
class environment_reader {
public:
    using names = std::initializer_list<std::string_view>;  // the first one that is set counts

    explicit environment_reader(environment const& lookup) : lookup_{lookup} {}

    setting find(names choices) const;

    bool flag(names choices, bool fallback);
    std::chrono::milliseconds milliseconds(names choices, std::chrono::milliseconds fallback);
    std::size_t count(names choices, std::size_t fallback);
    double ratio(names choices, double fallback);
    // A comma-separated list of key=value, the values percent-encoded. A complaint never shows the values.
    std::vector<std::pair<std::string, std::string>> pairs(names choices);

    // Complains about a variable; only the first complaint is kept.
    void refuse(setting const& found, std::string_view reason);
    void refuse_secret(setting const& found, std::string_view reason);  // without the value

    std::optional<std::string> const& error() const noexcept { return error_; }

private:
    environment const& lookup_;
    std::optional<std::string> error_;
};

}  // namespace redstart::telemetry
