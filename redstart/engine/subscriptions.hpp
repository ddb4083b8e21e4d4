// Subscriptions on a connection of their own: what is wanted, what the server has confirmed, and how to bring the
// second to the first.
//
// Pure: it neither does I/O nor reads a clock. Of each feed at most one command is under way, and what it is to become
// next is decided when that one is answered; so it does not matter how quickly wishes change. A new connection is told
// of everything that is wanted.
//
// Confirmations are matched by name and order, never by the server's count. A server also ends subscriptions by itself,
// and that looks like the answer to an unsubscribe; so behind each of those goes a PING with a number of its own, and
// nothing else until that is answered. Any doubt about which answer belongs to which command ends the connection.

#pragma once

#include "redstart/engine/feed.hpp"
#include "redstart/engine/handshake.hpp"
#include "redstart/engine/pubsub_frame.hpp"

#include <array>
#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace redstart::engine {

class subscriptions {
public:
    explicit subscriptions(wire::limits message_limits = {});
    subscriptions(subscriptions const&) = delete;
    subscriptions& operator=(subscriptions const&) = delete;

    // From now on the feed is wanted, once, by `who`. True if it is live already, and on_live() will not be called.
    bool want(feed const& what, feed_listener& who);
    // It is not wanted any more; its listener hears nothing more.
    void unwant(feed const& what);
    // Whether the server may still send it although nobody wants it.
    bool is_leaving(feed const& what) const;

    // The connection is ready, and nothing has been said on it.
    void open();
    // The connection is gone: what was live has a gap.
    void lose();
    bool is_open() const noexcept { return open_; }

    // Makes sure that the server has something to answer, so that its silence is seen.
    void ping();
    // Logs in anew, in order with the rest; the last one wins. Refused, the connection is of no use any more. For
    // RESP3: with RESP2 a server takes no login on a connection that has subscriptions.
    void log_in(credentials const& who);
    bool awaits_answer() const noexcept { return !asked_.empty(); }

    // The server could not do it at that moment, as while a script runs: asks again for all of those.
    void ask_again();
    bool has_put_off() const noexcept { return fence_in_doubt_ || !put_off_.empty(); }

    std::size_t wanted() const noexcept { return wanted_; }
    std::size_t live() const noexcept { return live_; }

    // What is to be written next, and that so much of it was written. Bounded: ask again until it is empty.
    std::string_view output();
    void written(std::size_t bytes);

    // Parses what came; `at` moves past what was consumed, the rest must be offered again. False: the connection is of
    // no use any more, see protocol_error().
    bool received(char const*& at, char const* end);
    std::string_view protocol_error() const noexcept { return protocol_error_; }

private:
    enum class phase : std::uint8_t { absent, entering, live, leaving };
    enum class verb : std::uint8_t { none, subscribe, unsubscribe, ping, log_in };

    struct entry {
        std::string_view name;  // of its key
        feed_listener* listener = nullptr;
        feed_kind kind{};
        phase where = phase::absent;
        bool queued = false;   // stands in changed_
        bool alone = false;    // in a command of its own, since one with others was refused
        bool put_off = false;  // stands in put_off_
        bool left = false;     // while leaving: the server has said that it is gone
    };
    struct name_hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view name) const noexcept
        {
            return std::hash<std::string_view>{}(name);
        }
    };
    using entries = std::unordered_map<std::string, entry, name_hash, std::equal_to<>>;

    // One command that was sent. Its entries stay until it is answered or the connection is gone.
    struct command {
        verb what{};
        feed_kind kind{};
        std::vector<entry*> about;
        std::size_t answered = 0;       // of a subscribe's names
        std::uint64_t ping = 0;         // whose answer ends it: a ping or an unsubscribe
        bool was_not_possible = false;  // an unsubscribe
    };

    entry* find(feed_kind kind, std::string_view name);
    static verb next_step(entry const& one) noexcept;
    void set_phase(entry& one, phase next) noexcept;
    // Both may end the entry.
    void reconcile(entry& one);
    void forget_if_unused(entry& one);
    void put_off(entry& one, phase until_then);
    command next_command();
    void encode(command next);
    void encode_login();
    std::uint64_t encode_ping();
    // An unsubscribe is under way: it is always the last.
    bool is_fenced() const noexcept
    {
        return !asked_.empty() && asked_.back().what == verb::unsubscribe;
    }

    bool take_frame();
    void take_message();
    bool take_subscribed();
    void take_unsubscribed();
    bool take_answer();
    bool take_pong();
    void end_unsubscribe(command const& ended);
    bool take_error();
    void end_refused(command const& refused);
    void refuse(entry& one);
    bool fail(std::string_view why) noexcept;

    pubsub_parser parser_;
    pubsub_frame frame_;
    std::array<entries, feed_kinds> entries_;
    std::deque<entry*> changed_;  // to be looked at when there is room in out_
    std::vector<entry*> put_off_;
    std::deque<command> asked_;
    std::optional<wire::request> login_;  // waits for its place
    std::string out_;
    std::size_t out_begin_ = 0;
    std::uint64_t pings_ = 0;  // sent on all connections: the number of the last one
    std::size_t wanted_ = 0;
    std::size_t live_ = 0;
    bool open_ = false;
    bool fence_in_doubt_ = false;  // its PING may have been refused
    std::string_view protocol_error_;
};

}  // namespace redstart::engine
