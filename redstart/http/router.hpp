// Finds the route of a path: a tree with one level per segment, walked without allocating.
//
// A template is made of literal segments, "{name}" for one segment that is not empty, and at its end "{*name}" for
// all the rest. A literal wins over a name, and a name over a rest, at the first segment where they differ; a branch
// that leads nowhere for the method is given up for the next one. Children are found by comparison, never by a hash,
// so no path that a client makes up can make a search slow: it visits each node of the tree at most once.

#pragma once

#include "redstart/http/method.hpp"
#include "redstart/http/target.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace redstart::http {

struct route;

// The parameters of a path in their order; views into the path. Reused from one search to the next.
using captures = std::vector<std::string_view>;

class router {
public:
    router();
    router(router const&) = delete;
    router& operator=(router const&) = delete;
    ~router();

    // Fills in the route's parameters. Throws std::logic_error for a malformed template, and for one that matches the
    // same paths as an earlier one of the same method; it names both. `added` outlives this.
    void add(route& added);

    // The route for the method itself; null if there is none.
    route const* find(method wanted, request_path const& path, captures& found) const;

    // The methods that have a route for the path.
    method_set methods(request_path const& path) const;

private:
    struct node;
    class search;
    std::unique_ptr<node> root_;
};

}  // namespace redstart::http
