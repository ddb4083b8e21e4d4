// Many commands on one connection: bytes out in order, replies matched in the same order.
//
// Pure: it neither does I/O nor reads a clock. Every submitted slot leaves exactly once. A slot whose caller gave up
// after it was written is replaced by a tombstone, which keeps its place in the order, and its share of the bounds,
// until the reply has come.

#pragma once

#include "redstart/engine/slot.hpp"
#include "redstart/wire/parser.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace redstart::engine {

// What may be in flight: submitted, and neither answered nor failed. More is refused, with `overloaded` and `not_sent`.
struct flight_limits {
    std::uint32_t commands = 65'536;
    std::uint64_t bytes = 64 * 1024 * 1024;  // of encoded commands
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
    // Fails everything that waits, with not_sent.
    void fail_waiting(failure_code code, std::string_view reason);

    bool is_open() const noexcept { return open_; }
    std::uint32_t in_flight() const noexcept { return commands_; }
    // Whether anybody waits for one of them: a caller who has left does not.
    bool is_awaited() const noexcept { return commands_ > tombstones_; }
    std::uint64_t bytes_in_flight() const noexcept { return bytes_; }
    bool has_waiting() const noexcept { return !waiting_.empty(); }
    bool awaits_replies() const noexcept { return !written_.empty(); }

    // What is to be written next, and that so much of it was written. While `blocked`, nothing more is encoded.
    std::string_view output() const noexcept { return std::string_view{out_}.substr(out_begin_); }
    void written(std::size_t bytes, bool blocked);

    // Parses what came; `at` moves past what was consumed, the rest must be offered again. False on a protocol error:
    // the connection is of no use, see protocol_error().
    bool received(char const*& at, char const* end);
    std::string_view protocol_error() const noexcept { return protocol_error_; }
    std::size_t wanted() const noexcept { return parser_.wanted(); }

    // What the output buffer occupies, with what was sent of it already.
    std::size_t held_output() const noexcept { return out_.size(); }

private:
    class tombstone;

    std::uint64_t sent_bytes() const noexcept { return encoded_ - (out_.size() - out_begin_); }
    // Whether the server can have heard of it.
    bool has_left(slot const& one) const noexcept { return one.begins_at_ < sent_bytes(); }
    bool may_encode() const noexcept;
    bool encode(slot& next) noexcept;
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
    std::uint64_t encoded_ = 0;  // stream position of the end of out_
    std::uint64_t bytes_ = 0;
    std::uint32_t commands_ = 0;
    std::uint32_t tombstones_ = 0;  // of them
    bool open_ = false;
    bool blocked_ = false;
    std::string_view protocol_error_;
};

}  // namespace redstart::engine
