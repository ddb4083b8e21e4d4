// A slot: the place of one command in a connection's queue, owned by whoever waits for the reply.
//
// It is idle, then waiting (nothing of it was encoded), then written (its bytes are in the output or on the wire), then
// done. It leaves through exactly one of on_reply() and on_failure(), or by being abandoned. What must stay together on
// one connection, such as MULTI to EXEC, is one slot that takes several replies.

#pragma once

#include "redstart/base/failure.hpp"
#include "redstart/command/decoder.hpp"
#include "redstart/wire/encoded_command.hpp"
#include "redstart/wire/token.hpp"

#include <cstdint>
#include <string_view>

namespace redstart::engine {

class slot {
public:
    enum class state : std::uint8_t { idle, waiting, written, done };

    explicit slot(std::uint32_t replies = 1) noexcept : replies_{replies} {}
    slot(slot const&) = delete;
    slot& operator=(slot const&) = delete;

    state where() const noexcept { return state_; }
    bool is_in_flight() const noexcept
    {
        return state_ == state::waiting || state_ == state::written;
    }

protected:
    ~slot() = default;

private:
    friend class multiplexer;
    friend class slot_list;

    // The encoded command; the same until the slot is done.
    virtual wire::encoded_command encoded() const noexcept = 0;
    // One token of its replies. Must not throw: a decode that fails is remembered, and the rest skipped.
    virtual void on_token(wire::token const& token, text_assembly& parts) noexcept = 0;
    // In the middle of a large text of a reply: reads on, at most `left` bytes, and says how many. Must not throw.
    virtual std::size_t read_from(byte_source&, std::size_t /*left*/) noexcept { return 0; }
    // The last reply is complete. The slot is done; it may be submitted again, but nobody may be resumed from here.
    virtual void on_reply() noexcept = 0;
    // Only where the multiplexer tells of traffic: its first byte is on its way, and so long its replies were, said
    // just before on_reply().
    virtual void on_departure() noexcept {}
    virtual void on_reply_size(std::uint64_t /*bytes*/) noexcept {}
    // No reply will come.
    virtual void on_failure(failure_code code, outcome result,
                            std::string_view reason) noexcept = 0;

    slot* next_ = nullptr;
    slot* previous_ = nullptr;
    std::uint64_t begins_at_ = 0;  // position of its first byte in the connection's output
    std::uint32_t size_ = 0;       // bytes, as they count against the bound
    std::uint32_t replies_;        // at least one
    std::uint32_t awaited_ = 0;    // of them, once it is written
    state state_ = state::idle;
};

// First in, first out, with removal from anywhere.
class slot_list {
public:
    bool empty() const noexcept { return first_ == nullptr; }
    slot& front() const noexcept { return *first_; }
    slot& back() const noexcept { return *last_; }
    void push_back(slot& added) noexcept;
    void push_front(slot& added) noexcept;
    void remove(slot& gone) noexcept;
    void replace(slot& gone, slot& substitute) noexcept;

    // From the last, as long as `wants_more(slot)` says so.
    template <class Function>
    void for_each_backwards(Function wants_more) const
    {
        for (auto* at = last_; at && wants_more(*at); at = at->previous_) {}
    }

private:
    slot* first_ = nullptr;
    slot* last_ = nullptr;
};

}  // namespace redstart::engine
