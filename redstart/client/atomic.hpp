// MULTI, commands, EXEC: one slot, so that they stay together on one connection whatever happens to it.
//
// The server runs the commands without others in between, all of them or, if it refused one when it was queued, none.
// It does not undo: a command that fails while they run fails alone.

#pragma once

#include "redstart/client/call.hpp"

#include <algorithm>
#include <array>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace redstart {

// The replies of a transaction, given on to the slots of its commands. Lives in the caller's frame.
class atomic_slot final : public reply_slot {
public:
    // `commands` stay where they are while this lives.
    explicit atomic_slot(std::span<reply_slot* const> commands);

    // A key that was watched has changed: nothing was done.
    bool has_conflict() const noexcept { return so_far_.has_conflict; }

private:
    wire::encoded_command encoded() const noexcept override { return {text_, large_}; }
    void on_token(wire::token const& token, text_assembly& parts) noexcept override;
    std::size_t read_from(byte_source& from, std::size_t left) noexcept override;
    void clear() noexcept override;
    void append(wire::encoded_command const& command);
    void on_multi(wire::token const& token);
    void on_queued(wire::token const& token);
    void on_exec(wire::token const& token, text_assembly& parts);
    void on_element(wire::token const& token, text_assembly& parts);
    void end_element();
    void end_exec();
    void explain_abort();

    std::span<reply_slot* const> commands_;
    std::string text_;
    std::vector<wire::large_argument> large_;

    // How far the replies have come, and what they said.
    struct progress {
        std::size_t frame = 0;    // MULTI's is 0, then one for each command, and EXEC's
        std::size_t element = 0;  // of the array that EXEC answers
        int depth = 0;            // of aggregates within it
        bool refused = false;     // MULTI was: what follows ran, or not, each for itself
        bool queued_any = false;
        bool in_array = false;
        bool has_conflict = false;
    } so_far_;
};

namespace client_detail {

template <class... Replies>
class [[nodiscard("nothing is sent until it is awaited")]] atomic_several : protected call {
public:
    explicit atomic_several(client& through, command<Replies>&&... sent) noexcept
        : call{through, {}}, slots_{std::move(sent)...}
    {
    }

    bool await_ready() const noexcept { return false; }
    template <contextual Promise>
    bool await_suspend(std::coroutine_handle<Promise> awaiting,
                       std::source_location where = std::source_location::current())
    {
        set_where(where);
        pointers_ = std::apply(
            [](auto&... each) { return std::array<reply_slot*, sizeof...(Replies)>{&each...}; },
            slots_);
        whole_.emplace(pointers_);
        return start(awaiting.promise().ambient(), {pointers_, &*whole_}, awaiting);
    }
    std::tuple<Replies...> await_resume()
    {
        if (auto const* const failed = first_failed())
            throw failed->make_failure(where());
        return take();
    }

protected:
    reply_slot const* first_failed() const
    {
        if (whole_->has_failed())
            return &*whole_;
        auto const failed = std::ranges::find_if(pointers_, &reply_slot::has_failed);
        return failed == pointers_.end() ? nullptr : *failed;
    }
    std::tuple<Replies...> take()
    {
        return std::apply([](auto&... each) { return std::tuple<Replies...>{each.take()...}; },
                          slots_);
    }

private:
    std::tuple<typed_reply_slot<Replies>...> slots_;
    std::array<reply_slot*, sizeof...(Replies)> pointers_{};
    std::optional<atomic_slot> whole_;
};

template <class... Replies>
class try_atomic_several : public atomic_several<Replies...> {
public:
    using atomic_several<Replies...>::atomic_several;

    std::expected<std::tuple<Replies...>, failure> await_resume()
    {
        if (auto const* const failed = this->first_failed())
            return std::unexpected{failed->make_failure(this->where())};
        return this->take();
    }
};

}  // namespace client_detail

}  // namespace redstart
