// How many descriptors this process may have, and how many connections they are enough for.

#pragma once

#include "redstart/http/limits.hpp"

#include <cstddef>

namespace redstart::app {

// Raises the limit as far as an ordinary user may, and gives it. What is started afterwards inherits it.
std::size_t raise_descriptor_limit() noexcept;

// What they are shared among.
struct descriptor_users {
    std::size_t accepting_loops = 1;
    std::size_t loops = 1;
    std::size_t lanes = 1;  // per loop
};

// The usual limits, with as many connections as leave descriptors for everything else: who comes beyond them is told so
// with a 503, which needs a descriptor too. Without any left, nobody would be answered, /livez not either.
http::limits limits_within(std::size_t descriptors, descriptor_users const& users) noexcept;

}  // namespace redstart::app
