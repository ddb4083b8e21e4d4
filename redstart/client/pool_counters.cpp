#include "redstart/client/pool_counters.hpp"

#include "redstart/client/metric_families.hpp"

namespace redstart {

namespace {

metric_family const hits_family{.name = "redis.client.connection.pool.hits",
                                .help = "Callers who found a connection ready.",
                                .unit = "{caller}"};
metric_family const misses_family{.name = "redis.client.connection.pool.misses",
                                  .help = "Callers who found no connection ready.",
                                  .unit = "{caller}"};
metric_family const waits_family{.name = "redis.client.connection.pool.waits",
                                 .help = "Callers who waited because the pool was full.",
                                 .unit = "{caller}"};
metric_family const timeouts_family{.name = "db.client.connection.timeouts",
                                    .help = "Callers who waited for a connection in vain.",
                                    .unit = "{timeout}"};
metric_family const stale_family{.name = "redis.client.connection.pool.stale",
                                 .help = "Connections that broke while nobody used them.",
                                 .unit = "{connection}"};
metric_family const dials_family{.name = "redis.client.connection.pool.dials",
                                 .help = "Connections that are being made.",
                                 .unit = "{connection}"};
metric_family const waiting_family{.name = "db.client.connection.pending_requests",
                                   .help = "Callers who wait for a connection.",
                                   .unit = "{request}"};
metric_family const wait_family{.name = "db.client.connection.wait_time",
                                .help = "How long callers waited for a connection.",
                                .unit = "s"};

}  // namespace

pool_statistics& pool_statistics::operator+=(pool_statistics const& other) noexcept
{
    hits += other.hits;
    misses += other.misses;
    waits += other.waits;
    timeouts += other.timeouts;
    wait_time += other.wait_time;
    stale += other.stale;
    dial_failures += other.dial_failures;
    idle += other.idle;
    in_use += other.in_use;
    total += other.total;
    dials += other.dials;
    waiting += other.waiting;
    return *this;
}

pool_counters::pool_counters(metrics_registry* shared, client_options const& options)
    : pool_counters{shared, pool_labels(options, "pool"), server_labels(options)}
{
}

pool_counters::pool_counters(metrics_registry* shared, metric_labels const& pool,
                             metric_labels const& server)
    : registry_{shared ? *shared : own_}, hits{registry_.add_counter(hits_family, pool)},
      misses{registry_.add_counter(misses_family, pool)},
      waits{registry_.add_counter(waits_family, pool)},
      timeouts{registry_.add_counter(timeouts_family, pool)},
      stale{registry_.add_counter(stale_family, pool)},
      dial_failures{registry_.add_counter(dial_failures_family, server)},
      lost{registry_.add_counter(lost_family, server)},
      idle{registry_.add_gauge(connections_family,
                               with(pool, "db.client.connection.state", "idle"))},
      in_use{registry_.add_gauge(connections_family,
                                 with(pool, "db.client.connection.state", "used"))},
      dials{registry_.add_gauge(dials_family, pool)},
      waiting{registry_.add_gauge(waiting_family, pool)},
      wait_time{registry_.add_histogram(wait_family, pool, command_buckets())}
{
}

pool_statistics pool_counters::read() const noexcept
{
    pool_statistics now;
    now.hits = hits.value();
    now.misses = misses.value();
    now.waits = waits.value();
    now.timeouts = timeouts.value();
    now.wait_time = boot_clock::duration{static_cast<std::int64_t>(wait_time.sum())};
    now.stale = stale.value();
    now.dial_failures = dial_failures.value();
    now.idle = idle.value();
    now.in_use = in_use.value();
    now.total = now.idle + now.in_use;
    now.dials = dials.value();
    now.waiting = waiting.value();
    return now;
}

}  // namespace redstart
