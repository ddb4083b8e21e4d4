// POST /process: work that only one caller at a time may do for each task, whichever instance he asks.
//
// The work itself is a stand-in: it takes as long as it is told to. What it shows is the lock around it.

#pragma once

#include "redstart/client/client.hpp"
#include "redstart/http/app.hpp"
#include "redstart/toolkit/locks/lock.hpp"

namespace redstart::app {

// Lives as long as the server that runs its route. The client outlives it; stop() comes before the client's.
class processing {
public:
    explicit processing(client& db);

    void add_routes(http::route_group& api);
    task<> stop() { return locks_.stop(); }

private:
    task<http::response> process(http::context& c);

    toolkit::lock locks_;
};

}  // namespace redstart::app
