// What the operations of the toolkit share: one command as a task, and the refusal of arguments that make no sense.

#pragma once

#include "redstart/client/client.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <source_location>
#include <string_view>
#include <utility>

namespace redstart::toolkit::toolkit_detail {

// The command owns what it sends: nothing that it was made of needs to live until the task is awaited.
template <class Reply>
task<Reply> send(client& db, command<Reply> what, std::source_location where)
{
    co_return co_await db.exec(std::move(what), where);
}

// The same, its answer not needed.
template <class Reply>
task<> send_only(client& db, command<Reply> what, std::source_location where)
{
    static_cast<void>(co_await db.exec(std::move(what), where));
}

// Whether one key was there, of a command that counts keys.
task<bool> is_one(client& db, command<std::int64_t> what, std::source_location where);

// Whether there was any, of those that were counted.
task<bool> is_any(task<std::int64_t> counted);

// Not sent: whoever receives it, it would make no sense.
failure invalid_argument(std::string_view reason, std::source_location where);

// A time to live that an object may have: throws a failure (invalid_argument) unless it is 1 ms to 100 years, or none.
using optional_ttl = std::optional<std::chrono::milliseconds>;
void check_ttl(optional_ttl ttl, std::source_location where);
// As scripts take it, in milliseconds: 0 is none.
std::int64_t ttl_argument(optional_ttl ttl) noexcept;

}  // namespace redstart::toolkit::toolkit_detail
