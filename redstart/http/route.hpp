// What a route is: a method and a path template, and what answers them.

#pragma once

#include "redstart/base/clock.hpp"
#include "redstart/http/method.hpp"
#include "redstart/http/response.hpp"
#include "redstart/task/task.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace redstart::http {

class context;

// Called on the loop of the connection. The context lives until the task has ended. The function itself lives as long
// as its app, so a lambda that captures may be a coroutine here.
using handler = std::function<task<response>(context&)>;

// What remains of the way to the handler: `co_await go_on(c)` gives its response. At most once.
class next;
using middleware = std::function<task<response>(context&, next)>;

struct route_options {
    // Bytes; 413 beyond. Otherwise 0 for GET, HEAD and DELETE, and the server's for the other methods.
    std::optional<std::uint64_t> max_body{};
    // For middleware and handler; otherwise the server's.
    std::optional<boot_clock::duration> request_deadline{};
};

// Owned by its app. Constant once a server has started.
struct route {
    http::method method = http::method::unknown;
    // With the prefixes of its groups: "/players/{player}". Empty if no route matched.
    std::string pattern;
    std::vector<std::string> parameters;  // their names, in the order of the path
    handler answer;
    route_options options;
    std::vector<middleware const*> chain;  // outermost first
    std::uint32_t number = 0;              // unique within its app
};

class next {
public:
    explicit next(route const& way, std::size_t done = 0) noexcept : way_{&way}, done_{done} {}

    task<response> operator()(context& c) const
    {
        if (done_ < way_->chain.size())
            return (*way_->chain[done_])(c, next{*way_, done_ + 1});
        return way_->answer(c);
    }

private:
    route const* way_;
    std::size_t done_;
};

}  // namespace redstart::http
