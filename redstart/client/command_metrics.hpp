// How long commands take, by command, per loop: `db.client.operation.duration`.
//
// A command that succeeds costs one histogram update. Failures are rarer, and counted by what went wrong.

#pragma once

#include "redstart/base/failure.hpp"
#include "redstart/client/options.hpp"
#include "redstart/command/info.hpp"
#include "redstart/observe/metrics.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace redstart {

// The name by which a command is counted: of bounded number, whatever raw() is given.
std::string_view counted_name(command_id id) noexcept;

// The low-cardinality name of a failure: the server's error code, or one of ours such as "timed_out".
std::string_view error_type(failure_code code, std::string_view server_code) noexcept;

// One loop's thread writes.
class command_metrics {
public:
    command_metrics(metrics_registry& registry, client_options const& options);

    void succeeded(command_id id, std::uint64_t nanoseconds)
    {
        auto*& found = succeeded_[static_cast<std::size_t>(id)];
        if (!found) [[unlikely]]
            found = &add(id, {});
        found->record(nanoseconds);
    }
    void failed(command_id id, std::string_view error, std::uint64_t nanoseconds);

    gauge& connections() noexcept { return connections_; }
    counter& dial_failures() noexcept { return dial_failures_; }
    counter& lost() noexcept { return lost_; }
    counter& writes() noexcept { return writes_; }
    gauge& in_flight() noexcept { return in_flight_; }
    gauge& bytes_in_flight() noexcept { return bytes_in_flight_; }
    counter& repetitions() noexcept { return repetitions_; }
    counter& circuit_openings() noexcept { return circuit_openings_; }

private:
    histogram& add(command_id id, std::string_view error);

    metrics_registry& registry_;
    metric_labels server_;
    std::array<histogram*, static_cast<std::size_t>(command_id::count_of_them)> succeeded_{};
    std::map<std::pair<command_id, std::string>, histogram*, std::less<>> failed_;
    gauge& connections_;
    counter& dial_failures_;
    counter& lost_;
    counter& writes_;
    gauge& in_flight_;
    gauge& bytes_in_flight_;
    counter& repetitions_;
    counter& circuit_openings_;
};

}  // namespace redstart
