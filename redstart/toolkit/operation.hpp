// What the operations of the toolkit share: one command as a task, and the refusal of arguments that make no sense.

#pragma once

#include "redstart/client/client.hpp"

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

// Not sent: whoever receives it, it would make no sense.
failure invalid_argument(std::string_view reason, std::source_location where);

}  // namespace redstart::toolkit::toolkit_detail
