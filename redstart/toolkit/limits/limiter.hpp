// Any rate limiter behind one type, for those who do not care which it is.
//
//     limiter const calls = token_bucket{db, {.name = "api"}};
//     auto const decided = co_await calls.acquire(client_address);
//
// What they answer is in limit_decision.hpp. No peek and no report of any of them writes to the server.

#pragma once

#include "redstart/codec/described.hpp"
#include "redstart/task/task.hpp"
#include "redstart/toolkit/limits/limit_decision.hpp"

#include <concepts>
#include <cstdint>
#include <memory>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>

namespace redstart::toolkit {

template <class T>
concept rate_limiter = requires(T const& it, std::string_view subject, std::source_location where) {
    { it.acquire(subject, std::uint32_t{1}, where) } -> std::same_as<task<limit_decision>>;
    { it.peek(subject, where) } -> std::same_as<task<limit_decision>>;
    { it.policy() } -> std::same_as<limit_policy>;
};

// What an operator wants to know of a subject.
struct limit_report {
    std::string name;
    std::uint32_t limit = 0;
    std::uint32_t remaining = 0;
    std::int64_t more_after_us = 0;  // see limit_decision
    std::int64_t reset_after_us = 0;
};
BOOST_DESCRIBE_STRUCT(limit_report, (), (name, limit, remaining, more_after_us, reset_after_us))

// A value; its copies share the limiter that it was made of. Threads and lifetimes are that one's.
class limiter {
public:
    template <class Held>
        requires(!std::same_as<Held, limiter> && rate_limiter<Held>)
    limiter(Held held) : held_{std::make_shared<holder<Held> const>(std::move(held))}
    {
    }

    task<limit_decision> acquire(std::string_view subject, std::uint32_t cost = 1,
                                 std::source_location where = std::source_location::current()) const
    {
        return held_->acquire(subject, cost, where);
    }
    task<limit_decision> peek(std::string_view subject,
                              std::source_location where = std::source_location::current()) const
    {
        return held_->peek(subject, where);
    }
    limit_policy policy() const { return held_->policy(); }

    // A peek.
    task<limit_report> report(std::string_view subject,
                              std::source_location where = std::source_location::current()) const;

private:
    struct any {
        any() = default;
        any(any const&) = delete;
        any& operator=(any const&) = delete;
        virtual ~any() = default;
        virtual task<limit_decision> acquire(std::string_view subject, std::uint32_t cost,
                                             std::source_location const& where) const = 0;
        virtual task<limit_decision> peek(std::string_view subject,
                                          std::source_location const& where) const = 0;
        virtual limit_policy policy() const = 0;
    };

    template <class Held>
    struct holder final : any {
        explicit holder(Held taken) : held{std::move(taken)} {}
        task<limit_decision> acquire(std::string_view subject, std::uint32_t cost,
                                     std::source_location const& where) const override
        {
            return held.acquire(subject, cost, where);
        }
        task<limit_decision> peek(std::string_view subject,
                                  std::source_location const& where) const override
        {
            return held.peek(subject, where);
        }
        limit_policy policy() const override { return held.policy(); }
        Held held;
    };

    std::shared_ptr<any const> held_;
};

}  // namespace redstart::toolkit
