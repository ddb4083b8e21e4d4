#include "redstart/client/command_metrics.hpp"

#include "redstart/client/metric_families.hpp"

namespace redstart {

namespace {

metric_family const duration_family{.name = "db.client.operation.duration",
                                    .help = "Duration of commands, from exec to reply.",
                                    .unit = "s"};

metric_family const writes_family{.name = "redis.client.connection.writes",
                                  .help = "Writes of commands: fewer than there are commands.",
                                  .unit = "{write}"};

metric_family const in_flight_family{.name = "redis.client.lane.commands",
                                     .help =
                                         "Commands on lanes that are neither answered nor failed.",
                                     .unit = "{command}"};

metric_family const bytes_family{
    .name = "redis.client.lane.bytes", .help = "Bytes of those commands.", .unit = "By"};

metric_family const repetitions_family{
    .name = "redis.client.repetitions", .help = "Calls that were sent again.", .unit = "{attempt}"};

metric_family const openings_family{.name = "redis.client.circuit_breaker.openings",
                                    .help = "How often a circuit breaker opened.",
                                    .unit = "{opening}"};

// error codes come from the server: their number is bounded here
constexpr std::size_t max_failure_series = 256;

}  // namespace

std::string_view counted_name(command_id id) noexcept
{
    return id == command_id::unknown ? std::string_view{"OTHER"} : info_of(id).name;
}

std::string_view error_type(failure_code code, std::string_view server_code) noexcept
{
    if (!server_code.empty())
        return server_code;
    switch (code) {
    case failure_code::timed_out: return "timed_out";
    case failure_code::cancelled: return "cancelled";
    case failure_code::connect_failed: return "connect_failed";
    case failure_code::connection_lost: return "connection_lost";
    case failure_code::authentication_failed: return "authentication_failed";
    case failure_code::protocol_error: return "protocol_error";
    case failure_code::decode_failed: return "decode_failed";
    case failure_code::overloaded: return "overloaded";
    case failure_code::forbidden_command: return "forbidden_command";
    case failure_code::stopped: return "stopped";
    case failure_code::conflict: return "conflict";
    case failure_code::circuit_open: return "circuit_open";
    case failure_code::server_error:
    case failure_code::invalid_argument: break;
    }
    return "_OTHER";
}

command_metrics::command_metrics(metrics_registry& registry, client_options const& options)
    : registry_{registry}, server_{server_labels(options)},
      connections_{
          registry.add_gauge(connections_family, with(pool_labels(options, "lanes"),
                                                      "db.client.connection.state", "used"))},
      dial_failures_{registry.add_counter(dial_failures_family, server_)},
      lost_{registry.add_counter(lost_family, server_)},
      writes_{registry.add_counter(writes_family, server_)},
      in_flight_{registry.add_gauge(in_flight_family, server_)},
      bytes_in_flight_{registry.add_gauge(bytes_family, server_)},
      repetitions_{registry.add_counter(repetitions_family, server_)},
      circuit_openings_{registry.add_counter(openings_family, server_)}
{
}

histogram& command_metrics::add(command_id id, std::string_view error)
{
    auto labels = with(server_, "db.operation.name", counted_name(id));
    if (!error.empty())
        labels = with(std::move(labels), "error.type", error);
    return registry_.add_histogram(duration_family, std::move(labels), command_buckets());
}

void command_metrics::failed(command_id id, std::string_view error, std::uint64_t nanoseconds)
{
    auto known = failed_.find(std::pair{id, std::string{error}});
    if (known == failed_.end()) {
        auto const name = failed_.size() < max_failure_series ? error : std::string_view{"_OTHER"};
        known = failed_.try_emplace({id, std::string{name}}, nullptr).first;
        if (!known->second)
            known->second = &add(id, name);
    }
    known->second->record(nanoseconds);
}

}  // namespace redstart
