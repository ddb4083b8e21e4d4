// A listening socket on one loop. Several loops may listen on the same TCP address; the kernel spreads connections
// among them (SO_REUSEPORT).

#pragma once

#include "redstart/net/stream.hpp"

#include <functional>

namespace redstart::net {

struct listen_options {
    int backlog = 1024;
    bool share_port = false;  // SO_REUSEPORT: one listener per loop. Off, a taken port is an error.
};

class listener {
public:
    using accept_handler = std::function<void(stream)>;

    // Binds and listens at once; throws a failure (connect_failed, with the reason) if it cannot. Port 0 picks a free
    // one. The file of a unix socket is for this user alone (mode 0600) and goes with the listener; one on which nobody
    // listens any more is replaced.
    listener(loop& where, endpoint const& address, listen_options options = {});
    listener(listener const&) = delete;
    listener& operator=(listener const&) = delete;
    ~listener();

    void start(accept_handler on_accept);  // on the loop's thread; so are the calls
    void close() noexcept;                 // on the loop's thread: accepts nothing more

    endpoint address() const;  // as bound

private:
    struct state;
    std::shared_ptr<state> state_;
};

}  // namespace redstart::net
