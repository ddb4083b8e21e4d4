// A session: a link with a connection of its own, for one user at a time.
//
// It is never connected a second time: what was done on the connection, such as WATCH, is gone with it. So commands
// that had not left when it broke fail, too.

#pragma once

#include "redstart/client/link.hpp"

#include <cstdint>
#include <list>

namespace redstart {

// One loop's thread.
class session final : private link::owner {
public:
    class owner {
    public:
        // Told from the reactor: the connection is gone. Must not destroy the session.
        virtual void on_session_lost(session& which) noexcept = 0;

    protected:
        ~owner() = default;
    };

    // `options` and `whose` outlive it.
    session(loop& home, client_options const& options, owner& whose);
    session(session const&) = delete;
    session& operator=(session const&) = delete;
    ~session();

    redstart::link& link() noexcept { return link_; }

    // Takes the connection, and learns its number at the server if the handshake did not tell. Throws what the ambient
    // context ends it with, or connection_lost.
    task<> begin(std::unique_ptr<connection> fresh);

    // As CLIENT UNBLOCK wants it; 0: nobody knows.
    std::int64_t connection_id() const noexcept { return connection_id_; }

    // It is connected, not about to be replaced, and nothing that was sent is unanswered.
    bool is_clean() const noexcept
    {
        return link_.is_connected() && !link_.is_renewing() && link_.in_flight() == 0;
    }

    boot_clock::time_point idle_since{};
    boot_clock::time_point expires_at = no_deadline;
    std::list<session>* list = nullptr;  // of its owner's, the one it stands in
    std::list<session>::iterator place;

private:
    void on_wanted() noexcept override {}
    void on_lost() noexcept override;
    void on_silence() noexcept override {}

    owner& owner_;
    redstart::link link_;
    std::int64_t connection_id_ = 0;
    bool ending_ = false;
};

}  // namespace redstart
