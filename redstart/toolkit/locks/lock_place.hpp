// Where a lock lies, and the scripts that acquire, renew and release it. All kinds have scripts of one shape.

#pragma once

#include "redstart/command/script.hpp"
#include "redstart/toolkit/locks/lock_report.hpp"

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

// Whom a release tells, by what is published.
enum class waking : std::uint8_t {
    one,            // of each loop
    several,        // one, and he, when he got it, the next one of his loop, who may be let in, too
    first_in_line,  // who alone is told
};

// 1 and the fence; or 0, and for how many milliseconds it is certainly held if nobody releases it.
using acquire_reply = std::tuple<bool, std::int64_t>;
// How many hold it, the last fence, the milliseconds until the last of them ends, and how many are known to wait.
using state_reply = std::tuple<std::int64_t, std::int64_t, std::int64_t, std::int64_t>;

struct lock_scripts {
    // keys: lock, fence, others; arguments: token, ttl, waits, others wait, limit
    script<acquire_reply> acquire;
    // key: lock; arguments: token, ttl; 1, or 0 if it is not held by that token
    script<std::int64_t> renew;
    // keys: lock, fence, others; arguments: token, channel, and what to say there; 1, 0 if nobody's, -1 if another's
    script<std::int64_t> release;
    // keys: lock, fence, others
    script<state_reply> report;
    waking wakes;
};

lock_report to_report(state_reply const& state) noexcept;

lock_scripts const& exclusive_scripts();
// The same for those who wait in a line. The other keys are the line and who is believed to wait; the limit is for how
// many milliseconds one is believed who does not ask again.
lock_scripts const& fair_scripts();
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

    command<state_reply> report() const;

    // What one who waits for it is called by: readers and writers of one lock by the same, in a line each by his own.
    std::string called_by(std::string_view token) const;

private:
    std::string_view news() const noexcept;
};

}  // namespace redstart::toolkit::toolkit_detail
