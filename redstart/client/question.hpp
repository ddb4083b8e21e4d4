// A question of the client's own: one command on a given link, answered with a number.

#pragma once

#include "redstart/client/link.hpp"
#include "redstart/wire/request.hpp"

#include <cstdint>
#include <optional>

namespace redstart {

// The number that the server answers; 0 for an answer without one, nothing if it refused or its connection broke.
// Waits as the ambient context allows. The link lives longer; also one that takes no more commands is asked.
task<std::optional<std::int64_t>> ask(link& through, wire::request question);

}  // namespace redstart
