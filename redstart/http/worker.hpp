// The part of a server that lives on one loop: its listener and the connections that it accepted. Private to http.

#pragma once

#include "redstart/http/connection.hpp"
#include "redstart/http/rejection_counts.hpp"
#include "redstart/http/server.hpp"
#include "redstart/net/listener.hpp"
#include "redstart/task/event.hpp"

#include <cstddef>
#include <list>
#include <optional>

namespace redstart::http {

// Made and destroyed anywhere; everything else on the loop's thread.
class worker {
public:
    worker(loop& where, app const& routes, server_options const& options);
    worker(worker const&) = delete;
    worker& operator=(worker const&) = delete;
    ~worker();  // stop() has ended, or start() was never called

    void listen(net::endpoint const& address, bool share_port);
    net::endpoint address() const { return listener_->address(); }
    loop& where() noexcept { return loop_; }

    task<> start();
    task<> stop(boot_clock::duration grace);

private:
    struct guest;

    void accept(net::stream accepted);
    void rejected(rejection const& why, std::string_view peer);
    void remove(std::list<guest>::iterator which) noexcept;
    task<> until_empty();

    loop& loop_;
    server_options const& options_;
    loop_locals locals_;
    std::optional<rejection_counts> rejections_;
    connection_service service_;
    std::optional<net::listener> listener_;
    std::list<guest> guests_;
    event empty_;
    bool stopping_ = false;
};

}  // namespace redstart::http
