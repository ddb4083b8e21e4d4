// What the callers of a soak did and what came of it: counts by kind of operation, and everything that must not happen.

#pragma once

#include "redstart/base/failure.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace redstart::soak {

// One caller's commands of one kind, or the sum of many. A command that has begun ends once.
struct tally {
    std::int64_t begun = 0;
    std::int64_t acknowledged = 0;
    std::array<std::int64_t, 3> failed{};  // by outcome
    std::map<failure_code, std::int64_t> codes{};

    std::int64_t& operator[](outcome result) { return failed[static_cast<std::size_t>(result)]; }
    std::int64_t operator[](outcome result) const
    {
        return failed[static_cast<std::size_t>(result)];
    }
    std::int64_t with(failure_code code) const
    {
        auto const found = codes.find(code);
        return found == codes.end() ? 0 : found->second;
    }
    std::int64_t ended() const { return acknowledged + failed[0] + failed[1] + failed[2]; }

    void add(failure const& why, std::int64_t commands = 1)
    {
        (*this)[why.outcome()] += commands;
        codes[why.code()] += commands;
    }
    tally& operator+=(tally const& other);
};

// Shared by all callers, on all loops.
class journal {
public:
    explicit journal(std::int64_t commands) : left_{commands} {}

    // False when all commands that were wanted have begun, or time is up.
    bool take(std::int64_t commands) { return left_.fetch_sub(commands) > 0; }
    void time_is_up() { left_ = 0; }
    std::int64_t left() const { return left_; }

    // What is wrong; the first of them are printed.
    void violation(std::string_view what);
    std::int64_t violations() const { return violations_; }

private:
    std::atomic<std::int64_t> left_;
    std::atomic<std::int64_t> violations_{0};
    std::mutex printing_;
};

}  // namespace redstart::soak
