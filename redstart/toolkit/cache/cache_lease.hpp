// The right to load an entry: a token under a key of its own, which expires by itself.
//
// Whoever holds it may fill the entry; whoever invalidates the entry deletes it. So a value that was read from the
// source before an invalidation is never put into the cache after it. All three scripts touch the entry's two keys at
// most, in one slot, and may be repeated with the same token.

#pragma once

#include "redstart/command/key.hpp"
#include "redstart/command/script.hpp"
#include "redstart/command/ttl.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

namespace redstart::toolkit::toolkit_detail {

struct lease_keys {
    key<std::string> entry;
    key<std::string> lease;
};

// Whether the token holds the lease now, whether there is an entry, the server's time in microseconds, and the entry
// if it is another one than was seen: then there is no lease.
using lease_reply = std::tuple<bool, bool, std::chrono::microseconds, std::optional<std::string>>;

// What was seen of an entry is its first bytes; nothing: that there was none.
struct lease_question {
    std::optional<std::string> seen;
    std::string token;
    std::chrono::milliseconds lasts;
};
command<lease_reply> ask_lease(lease_keys const& on, lease_question const& asked);

// 1 if the token still held the lease and the entry was written, else 0.
command<bool> fill_entry(lease_keys const& on, std::string_view token, std::string_view bytes,
                         std::optional<std::chrono::milliseconds> ttl);

command<bool> release_lease(lease_keys const& on, std::string_view token);

}  // namespace redstart::toolkit::toolkit_detail
