// A call: one exec, of one command or several, as the awaiting coroutine sees it.
//
// It lives in the caller's frame, with a slot per command, or one for a whole transaction. It ends once: when every
// slot is done, or when the deadline or a cancellation comes first, and then the slots are abandoned. In between, what
// may be repeated is sent again. The coroutine runs from the ready list.

#pragma once

#include "redstart/base/backoff.hpp"
#include "redstart/client/blocked_command.hpp"
#include "redstart/client/local_client.hpp"
#include "redstart/command/command.hpp"
#include "redstart/engine/slot.hpp"
#include "redstart/task/waiter.hpp"

#include <expected>
#include <memory>
#include <span>

namespace redstart {

class client;
class call;

// One command of a call, its reply's type not known here.
class reply_slot : public engine::slot {
public:
    explicit reply_slot(any_command&& sent, std::uint32_t replies = 1) noexcept
        : slot{replies}, command_{std::move(sent)}
    {
    }

    any_command const& command() const noexcept { return command_; }
    bool has_failed() const noexcept { return failed_ != nullptr; }
    failure make_failure(std::source_location where) const;
    failure_code failed_code() const noexcept { return failed_->code; }
    outcome failed_outcome() const noexcept { return failed_->outcome; }
    std::string_view server_code() const noexcept;

    // What an earlier attempt may have done stays possible, whatever becomes of this one.
    void fail(failure_code code, outcome result, std::string_view reason);

protected:
    ~reply_slot() = default;

    // Whether this token is part of a reply that is still being decoded; errors and the rest of failed replies are not.
    bool is_wanted(wire::token const& token)
    {
        bool const first = !std::exchange(begun_, true);
        if ((first && token.is_error()) || in_error_) [[unlikely]] {
            note_error(token);
            return false;
        }
        return !failed_;
    }
    // The same for bytes that are no tokens, in the middle of a text.
    bool is_decoding() const noexcept { return !failed_ && !in_error_; }
    // The reason says what came, without a word of it.
    void note_mismatch(std::string_view what_came = {});
    static std::string_view what_is(wire::token const& token) noexcept;
    void note_error(wire::token const& token);
    virtual void clear() noexcept;  // to be sent again
    bool complete_ = false;         // the decoder has said so

private:
    friend call;
    friend class atomic_slot;

    void on_token(wire::token const& token, text_assembly& parts) noexcept override = 0;
    std::size_t read_from(byte_source& from, std::size_t left) noexcept override = 0;
    wire::encoded_command encoded() const noexcept override { return command_.request().encoded(); }
    void on_departure() noexcept final;
    void on_reply_size(std::uint64_t bytes) noexcept final;
    void on_reply() noexcept final;
    void on_failure(failure_code code, outcome result, std::string_view reason) noexcept final;
    void send_script_whole();
    bool send_unknown_script() noexcept;
    void judge_error() noexcept;

    any_command command_;
    call* owner_ = nullptr;
    std::unique_ptr<failure::details> failed_;
    bool begun_ = false;
    bool in_error_ = false;
    bool may_have_been_applied_ = false;  // by an earlier attempt
};

template <class Reply>
class typed_reply_slot final : public reply_slot {
public:
    explicit typed_reply_slot(redstart::command<Reply>&& sent) noexcept
        : reply_slot{std::move(sent)}
    {
    }

    Reply take() { return decoder_.take(); }
    std::expected<Reply, failure> result(std::source_location where)
    {
        if (has_failed())
            return std::unexpected{make_failure(where)};
        return take();
    }

private:
    void on_token(wire::token const& token, text_assembly& parts) noexcept override
    {
        if (!is_wanted(token))
            return;
        try {
            auto const step = decoder_.feed(token, parts);
            complete_ = step == decode_step::done;
            if (step == decode_step::mismatch)
                note_mismatch(what_is(token));
        } catch (...) {
            note_mismatch();
        }
    }

    void clear() noexcept override
    {
        reply_slot::clear();
        decoder_ = {};
    }
    std::size_t read_from(byte_source& from, std::size_t left) noexcept override
    {
        if (!is_decoding())
            return 0;
        try {
            return read_past_parser(decoder_, from, left);
        } catch (...) {
            note_mismatch();
            return 0;
        }
    }

    decoder<Reply> decoder_;
};

class call : protected waiter {
public:
    // The commands and, of a transaction, the one slot for them all. At least one command. Lives as long as the call.
    struct content {
        std::span<reply_slot* const> commands;
        reply_slot* transaction = nullptr;
        link* own = nullptr;         // the connection that it must use; otherwise a lane
        bool changes_state = false;  // for the owner of that: WATCH
    };

protected:
    call(client& through, std::source_location where) noexcept : client_{through}, where_{where} {}
    ~call() = default;

    // False: it has ended already, nothing was sent.
    bool start(context const& ambient, content const& what, std::coroutine_handle<> awaiting);

    std::source_location const& where() const noexcept { return where_; }
    void set_where(std::source_location const& where) noexcept { where_ = where; }

private:
    friend reply_slot;
    friend blocked_command;

    // The pauses between attempts.
    struct repetition final : redstart::timer_node, local_client::pause {
        explicit repetition(call& owner);
        ~repetition();
        void begin(boot_clock::time_point until) noexcept;
        void cancel() noexcept;
        void end() noexcept override;

        call& owner;
        // its place in the list of those who pause, while it does not
        local_client::pause_list self;
        local_client::pause_list::iterator where;
        backoff pauses;
        unsigned left;
        std::span<reply_slot* const> slots;
    };

    std::span<reply_slot* const> slots() const noexcept
    {
        return content_.transaction ? std::span{&content_.transaction, 1} : content_.commands;
    }
    // Within a transaction nothing does.
    bool waits_at_the_server() const noexcept
    {
        return content_.commands.size() == 1 && !content_.transaction &&
               only_slot().command().is_blocking();
    }
    bool start_blocked(std::coroutine_handle<> awaiting);
    boot_clock::time_point blocked_deadline() const noexcept;
    void send_on(link& own) noexcept;
    reply_slot& only_slot() const noexcept { return *content_.commands.front(); }
    bool is_refused(context const& ambient);
    bool refuse_early(context const& ambient);
    bool refuse_forbidden();
    bool refuse_lost_connection();
    bool refuse_for_open_circuit();
    void send_scripts_whole();
    void fail_all(failure_code code, std::string_view reason) noexcept;
    bool given_up(ending why) noexcept override;
    outcome give_up(reply_slot& slot, bool timed_out) noexcept;
    void slot_ended() noexcept;
    void settle() noexcept;
    bool will_repeat() noexcept;
    void repeat() noexcept;
    std::span<reply_slot* const> repeatable() const noexcept;
    void give_verdict() noexcept;
    void submit(std::span<reply_slot* const> slots) noexcept;
    void resubmit(reply_slot& slot) noexcept;
    static void refuse(reply_slot& slot, link::admission why) noexcept;
    void share_failure();
    observed_call as_observed() const noexcept;
    void observe();
    void tell_end(boot_clock::duration took) const;

    client& client_;
    local_client* here_ = nullptr;
    link* link_ = nullptr;
    std::unique_ptr<blocked_command> blocked_;  // for a command that may wait at the server
    context const* ambient_ = nullptr;
    content content_;
    boot_clock::time_point began_{};
    boot_clock::time_point deadline_{};
    std::unique_ptr<repetition> repetition_;  // once one was needed
    // for an observer, if there is one
    struct traffic {
        boot_clock::time_point departed_at = no_deadline;
        std::uint64_t reply_bytes = 0;
        unsigned repetitions = 0;
    } traffic_;
    std::size_t pending_ = 0;
    bool has_failure_ = false;
    std::source_location where_;
};

}  // namespace redstart
