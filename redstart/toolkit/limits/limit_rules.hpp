// Several limits of one subject, of which all are charged or none: 10 a second and 1000 a day, say.
//
//     limit_rules calls{db, {.name = "api", .rules = {{.name = "second", .count = 10, .period = 1s, .burst = 10},
//                                                     {.name = "day", .count = 1000, .period = 24h, .burst = 1000}}}};
//     auto const decided = co_await calls.acquire(client_address);
//
// Each rule is a token bucket, with what its header says of rates, clocks and lost keys. All of them are looked at
// before any is charged, in one script: a call that one rule refuses takes nothing of the others.
//
// One hash with a field for each rule under <prefix>:rules:<name>:{<subject>}; one round trip, O(rules). It lives until
// all its buckets are full; a lost time to live is given back, long enough also for rules that only others have. A peek
// writes nothing. A rule that is added starts full, and one that is left out is forgotten with the key; the others keep
// what they have.
//
// Deadline and cancellation are the ambient ones. A failure says whether tokens may have been taken (maybe_applied),
// and is thrown on; asking again takes again.

#pragma once

#include "redstart/client/client.hpp"
#include "redstart/toolkit/key_space.hpp"
#include "redstart/toolkit/limits/limit_decision.hpp"

#include <chrono>
#include <cstdint>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

namespace redstart::toolkit {

// As in token_bucket_options.
struct limit_rule {
    std::string name;  // 1 to 64 bytes, of this rule alone
    std::uint32_t count = 100;
    std::chrono::microseconds period = std::chrono::minutes{1};
    std::uint32_t burst = 100;
};

struct limit_rules_options {
    std::string prefix = "redstart";  // see key_space.hpp
    // 1 to 40 printable ASCII bytes without blanks, { } and %. Limiters of different names do not share what they
    // count.
    std::string name = "default";
    std::vector<limit_rule> rules;  // 1 to 16
};

// One rule's part in a decision; allowed says whether this one had enough.
struct rule_decision {
    std::string name;
    limit_decision decision;

    bool operator==(rule_decision const&) const = default;
};

// A value that refers to its client, which outlives it and every task made here. Used on the loops of that client's
// runtime, by any number of coroutines at once, and by any number of processes: they count together.
class limit_rules {
public:
    // Throws a failure (invalid_argument) if an option is out of its range.
    limit_rules(client& db, limit_rules_options options,
                std::source_location where = std::source_location::current());

    // Allowed if every rule allows it. Limit and remaining are those of the rule that has least left; retry_after is
    // when all rules would allow it, and reset_after when all are full.
    task<limit_decision> acquire(
        std::string_view subject, std::uint32_t cost = 1,
        std::source_location where = std::source_location::current()) const;
    task<limit_decision> peek(std::string_view subject,
                              std::source_location where = std::source_location::current()) const;

    // The same as acquire, with what each rule says, in the order of the options.
    task<std::vector<rule_decision>> acquire_each(
        std::string_view subject, std::uint32_t cost = 1,
        std::source_location where = std::source_location::current()) const;

    limit_rules_options const& options() const noexcept { return options_; }
    limit_policy policy() const;  // of the rule with the smallest burst

private:
    client* db_;
    limit_rules_options options_;
    key_space keys_;
};

}  // namespace redstart::toolkit
