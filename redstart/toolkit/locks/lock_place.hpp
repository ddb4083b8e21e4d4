// Where a lock lies, and the scripts that acquire, renew and release it. All kinds have scripts of one shape.

#pragma once

#include "redstart/command/script.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace redstart::toolkit::toolkit_detail {

struct lock_acquisition {
    std::string_view token;
    std::chrono::milliseconds ttl;
    bool waits;        // the holder, if there is one, is to tell when it releases
    bool others_wait;  // and so is this one, if it becomes the holder
};

// 1 and the fence; or 0, and for how many milliseconds it is certainly held if nobody releases it.
using acquire_reply = std::tuple<bool, std::int64_t>;

struct lock_scripts {
    // keys: lock, fence, others; arguments: token, ttl, waits, others wait, limit
    script<acquire_reply> acquire;
    // key: lock; arguments: token, ttl; 1, or 0 if it is not held by that token
    script<std::int64_t> renew;
    // key: lock; arguments: token, channel, and what to say there; 1, 0 if nobody's, -1 if another's
    script<std::int64_t> release;
    bool admits_several;  // who got it wakes the next one, who may be let in, too
};

lock_scripts const& exclusive_scripts();
// Up to `limit` holders at a time. The second key is not used.
lock_scripts const& permit_scripts();
// The keys of a shared lock are its readers and its writer; of an exclusive one its writer, its fence and its readers.
// The limit of a writer is for how many milliseconds nobody may begin to read after he has been told to wait.
lock_scripts const& reader_scripts();
lock_scripts const& writer_scripts();

// A value.
struct lock_place {
    lock_scripts const* scripts;
    key<std::string> lock;
    key<std::string> fence;
    std::vector<key<std::string>> others{};
    std::int64_t limit = 1;

    command<acquire_reply> acquire(lock_acquisition const& asked) const;
    command<std::int64_t> renew(std::string_view token, std::chrono::milliseconds ttl) const;
    command<std::int64_t> release(std::string_view token, std::string_view channel) const;

    // What those who wait for it are called by: readers and writers of one lock by the same.
    std::string_view news() const noexcept;
};

}  // namespace redstart::toolkit::toolkit_detail
