// Many commands on one connection: bytes out in order, replies matched in the same order.
//
// Pure: it neither does I/O nor reads a clock. Every submitted slot leaves exactly once. A slot whose caller gave up
// after it was written is replaced by a tombstone, which keeps its place in the order, and its share of the bounds,
// until the reply has come.

#pragma once

#include "redstart/engine/slot.hpp"
#include "redstart/wire/parser.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace redstart::engine {

// What may be in flight on a connection: submitted, and neither answered nor failed. What exceeds it is refused, with
// `overloaded` and `not_sent`, or waits.
struct flight_limits {
    std::uint32_t commands = 65'536;
    std::uint64_t bytes = 64 * 1024 * 1024;  // of encoded commands
    // How many commands more may wait for room, each until its own deadline. Their bytes lie with their callers, and
    // are not bounded here. 0: whatever exceeds a bound is refused at once.
    std::uint32_t waiting = 0;
};

// Takes what the server says without being asked.
class push_owner {
public:
    virtual void on_push(wire::token const& token) noexcept = 0;

protected:
    ~push_owner() = default;
};

class multiplexer {
public:
    explicit multiplexer(flight_limits limits = {}, wire::limits reply_limits = {},
                         push_owner* pushes = nullptr);
    multiplexer(multiplexer const&) = delete;
    multiplexer& operator=(multiplexer const&) = delete;
    ~multiplexer();  // nothing may be in flight: lose() and fail_waiting() first

    // Takes an idle or done slot: encoded at once if the connection can take it, waiting otherwise. False if a bound is
    // reached, or there is no memory; the slot is then untouched.
    bool submit(slot& added);

    // The caller of a slot gives up. not_sent if nothing of it was encoded, else maybe_applied. The slot is done; it
    // may be destroyed.
    outcome abandon(slot& given_up);

    // The connection is ready for commands: what waits is encoded as far as may_encode() allows.
    void open();
    // The connection is gone. Slots of which a byte may have left fail with maybe_applied; the others wait again, in
    // order.
    void lose(failure_code code, std::string_view reason);
    // Nothing more is encoded on this connection: what comes waits for the next one.
    void hold() noexcept { held_ = true; }
    // Fails everything that waits, with not_sent.
    void fail_waiting(failure_code code, std::string_view reason);

    // From now on slots are told when they leave, and how long their replies were. Costs a walk over those that wait
    // for the socket with each write.
    void tell_of_traffic() noexcept { tells_of_traffic_ = true; }

    bool is_open() const noexcept { return open_; }
    std::uint32_t in_flight() const noexcept { return commands_; }
    // Whether anybody waits for one of them: a caller who has left does not.
    bool is_awaited() const noexcept { return commands_ > tombstones_; }
    std::uint64_t bytes_in_flight() const noexcept { return bytes_; }
    std::uint32_t waiting() const noexcept { return waiting_commands_; }  // of those in flight
    bool has_output() const noexcept { return unsent_bytes() != 0; }
    bool awaits_replies() const noexcept { return !written_.empty(); }

    // What is to be written next, in at most 64 parts, and more may follow; good until anything else is called. And
    // that so much of it was written. While `blocked`, nothing more is encoded.
    std::span<std::string_view const> output() noexcept;
    void written(std::size_t bytes, bool blocked);

    // Parses what came; `at` moves past what was consumed, the rest must be offered again. False on a protocol error:
    // the connection is of no use, see protocol_error().
    bool received(char const*& at, char const* end);
    std::string_view protocol_error() const noexcept { return protocol_error_; }

    // In the middle of a large text of a reply, after received() has consumed everything: what `from` has of it goes
    // straight to the slot. Gives how much that was.
    std::size_t read_past_parser(byte_source& from);

    // More than 64 KiB of one value are still to come or to go, or the socket is full: what is submitted now waits.
    bool is_occupied() const noexcept;

    // What the buffers occupy, in bytes.
    std::size_t held_memory() const noexcept { return out_.capacity() + parts_.held_memory(); }

private:
    class tombstone;

    // A large argument, or what is left of it, that leaves from where it lies.
    struct large_output {
        std::size_t at = 0;  // it stands before this byte of out_
        std::string_view left;
        std::shared_ptr<void const> owner;
        slot const* lender = nullptr;  // who keeps the bytes if nobody owns them
    };

    std::uint64_t unsent_bytes() const noexcept { return out_.size() - out_begin_ + large_unsent_; }
    std::uint64_t sent_bytes() const noexcept { return encoded_ - unsent_bytes(); }
    // Whether the server can have heard of it.
    bool has_left(slot const& one) const noexcept { return one.begins_at_ < sent_bytes(); }
    bool may_encode() const noexcept;
    bool may_encode(std::uint64_t size) const noexcept;
    bool is_full(std::uint64_t size) const noexcept;
    void begin_waiting(slot& late, void (slot_list::*place)(slot&) noexcept) noexcept;
    void end_waiting(slot& one) noexcept;
    bool encode(slot& next, wire::encoded_command const& command) noexcept;
    void append_large(slot const& of, wire::encoded_command const& command);
    void advance(std::size_t bytes) noexcept;
    void tell_departed(std::uint64_t sent_before) const noexcept;
    void drop_sent() noexcept;
    void clear_output() noexcept;
    void keep_what_was_lent(slot const& leaving) noexcept;
    void encode_waiting() noexcept;
    void retire(slot& ended) noexcept;
    tombstone& take_tombstone();
    void keep_tombstone(tombstone& free) noexcept;

    flight_limits limits_;
    push_owner* pushes_;
    wire::parser parser_;
    text_assembly parts_;
    slot_list waiting_;
    slot_list written_;
    std::vector<std::unique_ptr<tombstone>> free_tombstones_;
    std::string out_;
    std::size_t out_begin_ = 0;
    std::deque<large_output> large_;  // unsent, in their order
    std::uint64_t large_unsent_ = 0;  // bytes of them
    std::uint64_t encoded_ = 0;       // stream position of the end of the output
    std::uint64_t bytes_ = 0;
    std::uint32_t commands_ = 0;
    std::uint32_t tombstones_ = 0;        // of them
    std::uint32_t waiting_commands_ = 0;  // of them
    std::uint64_t waiting_bytes_ = 0;     // of bytes_
    bool open_ = false;
    bool held_ = false;
    bool blocked_ = false;
    bool tells_of_traffic_ = false;
    std::uint64_t reply_bytes_ = 0;  // of the first of written_, as far as they have come
    std::string_view protocol_error_;
    std::array<std::string_view, 64> output_parts_;
};

}  // namespace redstart::engine
