// Randomness: unguessable bytes from the system, and a fast source for what only needs to be spread
// out.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace redstart {

// Fills `out` from the system's CSPRNG. Never fails: a system without randomness ends the program.
void fill_secure_random(std::span<std::byte> out);

// A token that cannot be guessed: `bytes` random bytes in lower-case hexadecimal.
std::string random_token(std::size_t bytes = 16);

// A per-thread generator seeded from the system: for jitter, trace ids and sampling. Never for
// secrets.
std::uint64_t fast_random() noexcept;

}  // namespace redstart
