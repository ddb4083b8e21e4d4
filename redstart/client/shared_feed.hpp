// One subscription at the server, and the mailboxes of all who wanted it.

#pragma once

#include "redstart/client/mailbox.hpp"
#include "redstart/engine/feed.hpp"

#include <list>

namespace redstart {

class subscriber;

// Belongs to a subscriber, who ends it when the last mailbox has left. The loop's thread.
class shared_feed final : public engine::feed_listener {
public:
    shared_feed(subscriber& owner, engine::feed what) : owner_{owner}, what_{std::move(what)} {}
    shared_feed(shared_feed const&) = delete;
    shared_feed& operator=(shared_feed const&) = delete;

    engine::feed const& what() const noexcept { return what_; }
    subscriber& owner() const noexcept { return owner_; }

    void add(mailbox& reader);
    void remove(mailbox& reader) noexcept;  // of the last one: this ends

    void on_live() noexcept override;

    // Ends those that were never confirmed, or all, and then itself if it is empty.
    void fail_unconfirmed(failure const& why) noexcept;
    void end_all() noexcept;

private:
    void on_message(std::string_view channel, std::string_view body) noexcept override;
    void on_gap() noexcept override;
    void on_refused(std::string_view server_text) noexcept override;

    // Of each mailbox, also if that ends it, and with it this.
    template <class Action>
    void for_each(Action action) noexcept;

    subscriber& owner_;
    engine::feed what_;
    std::list<mailbox*> readers_;
    bool live_ = false;
};

}  // namespace redstart
