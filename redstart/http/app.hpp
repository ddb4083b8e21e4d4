// An application: routes in groups, and the middleware around them.
//
//     http::app app;
//     app.use(http::access_log(...)).use(http::recover());
//     app.get("/ping", [](http::context&) -> task<http::response> { co_return http::response::text("pong"); });
//     auto& api = app.group("/api").use(http::bearer_token(token));
//     api.post("/scores/{player}", save_score, {.max_body = 4096});
//
// A route is wrapped by all middleware of the app and of its groups, outermost first, whether that was given before
// the route or after it. The app's own middleware also wraps what answers when no route matches, and a group's does
// not: what must see every request, such as metrics, a token or a limit, is given to the app.

#pragma once

#include "redstart/http/context.hpp"
#include "redstart/http/route.hpp"
#include "redstart/http/router.hpp"

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace redstart::http {

class app;

// Owned by its app. Set up on one thread, before a server uses the app; std::logic_error afterwards.
class route_group {
public:
    route_group(route_group const&) = delete;
    route_group& operator=(route_group const&) = delete;

    route_group& use(middleware around);

    // Throws std::logic_error if the template is malformed or matches what another route of the method matches.
    // GET answers HEAD as well, unless that has a route of its own; OPTIONS is answered by itself.
    route_group& get(std::string_view pattern, handler answer, route_options options = {});
    route_group& head(std::string_view pattern, handler answer, route_options options = {});
    route_group& post(std::string_view pattern, handler answer, route_options options = {});
    route_group& put(std::string_view pattern, handler answer, route_options options = {});
    route_group& patch(std::string_view pattern, handler answer, route_options options = {});
    route_group& del(std::string_view pattern, handler answer, route_options options = {});
    route_group& options(std::string_view pattern, handler answer, route_options options = {});

    // Routes below `prefix`, which may hold parameters, or be empty to share only middleware. Middleware of this
    // group wraps the new group's.
    route_group& group(std::string_view prefix);
    // The same, but no middleware of this group and of those around it wraps the new one: for what stays reachable
    // whatever they say, such as health checks.
    route_group& bare_group(std::string_view prefix);

protected:
    route_group(app& root, route_group const* parent, std::string prefix);
    ~route_group() = default;

private:
    friend app;
    friend std::default_delete<route_group>;

    route_group& add_group(std::string_view prefix, route_group const* parent);
    route_group& add(method which, std::string_view pattern, handler answer, route_options options);
    void collect(std::vector<middleware const*>& chain) const;

    app& root_;
    route_group const* parent_;
    std::string prefix_;
    std::deque<middleware> around_;
};

class app : public route_group {
public:
    app();
    ~app();

    // Ends set-up; a server does it. Without effect when called again.
    void seal();

    // Finds what answers the request: never nothing. The request's path has been parsed, or its target is "*".
    void match(exchange& memory) const;

    // Runs what match() found, middleware first. Throws what they throw.
    static task<response> answer(context& c) { return next{c.way()}(c); }

private:
    friend route_group;

    struct owned_route {
        route made;
        route_group const* group;
    };

    void refuse_when_sealed() const;

    router router_;
    std::deque<owned_route> routes_;
    std::deque<std::unique_ptr<route_group>> groups_;
    method_set all_methods_;
    route unmatched_;  // 404, 405, 501 and the automatic OPTIONS
    bool sealed_ = false;
};

}  // namespace redstart::http
