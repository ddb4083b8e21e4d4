// `redstart serve`: the service, with a Valkey of its own unless it is given one.

#pragma once

#include "app/serve_options.hpp"

namespace redstart::app {

// Runs until SIGTERM or SIGINT: then it is not ready any more, waits for the delay that was asked for, drains, flushes
// telemetry, stops its Valkey and gives 0. A second signal ends it at once, as does the first one during start-up.
// Gives 1, after one line on stderr, when something it needs cannot be had, or is lost.
int run_serve(serve_options const& options);

}  // namespace redstart::app
