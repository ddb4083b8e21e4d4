// What the tests of this folder share: a slot that writes down what becomes of it, and a server
// that answers each command with the command's own name.

#pragma once

#include "redstart/engine/multiplexer.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace redstart::engine::testing {

// A command with one * in its name takes two replies, and so on.
inline std::uint32_t replies_to(std::string_view name)
{
    return 1 + static_cast<std::uint32_t>(std::ranges::count(name, '*'));
}

// A command is any name; on the wire it is "<name>". The middle third of the name can be a large argument.
class probe_slot final : public slot {
public:
    enum class middle : std::uint8_t { in_text, owned, lent };

    explicit probe_slot(std::string name, middle where = middle::in_text)
        : slot{replies_to(name)}, name_{std::move(name)}
    {
        if (where == middle::in_text) {
            text_ = "<" + name_ + ">";
            return;
        }
        auto const third = name_.size() / 3;
        text_ = "<" + name_.substr(0, third) + name_.substr(2 * third) + ">";
        auto own = std::make_shared<std::string>(name_.substr(third, third));
        large_.push_back({.at = 1 + third, .bytes = *own});
        if (where == middle::lent)
            lent_ = std::move(own);
        else
            large_[0].owner = std::move(own);
    }

    // Of what it lends: it is gone, or has been used for something else.
    void spoil_what_was_lent()
    {
        if (lent_)
            std::ranges::fill(*lent_, '!');
    }

    std::weak_ptr<void const> watch_large() const { return large_.front().owner; }

    std::string const& name() const noexcept { return name_; }
    std::size_t size() const noexcept { return encoded().size(); }

    std::string reply;       // the texts of all tokens
    std::size_t tokens = 0;  // how many there were
    std::size_t ends = 0;    // how often it left
    std::size_t departures = 0;
    std::uint64_t reply_size = 0;
    std::optional<failure_code> code;
    std::optional<outcome> result;
    std::string reason;
    bool may_read_past = false;
    multiplexer* again = nullptr;  // where to submit itself once more when the reply is there
    std::vector<probe_slot*>* log = nullptr;  // where to note that it has left

private:
    wire::encoded_command encoded() const noexcept override { return {text_, large_}; }
    std::size_t read_from(byte_source& from, std::size_t left) noexcept override
    {
        return may_read_past ? append_from(from, left, reply) : 0;
    }
    void on_token(wire::token const& token, text_assembly&) noexcept override
    {
        reply.append(token.text);
        ++tokens;
    }
    void on_reply() noexcept override
    {
        if (auto* const to = std::exchange(again, nullptr)) {
            to->submit(*this);
            return;
        }
        leave();
    }
    void on_departure() noexcept override { ++departures; }
    void on_reply_size(std::uint64_t bytes) noexcept override { reply_size = bytes; }
    void on_failure(failure_code why, outcome what, std::string_view because) noexcept override
    {
        code = why;
        result = what;
        reason = because;
        leave();
    }
    void leave()
    {
        ++ends;
        if (log)
            log->push_back(this);
    }

    std::string name_;
    std::string text_;
    std::vector<wire::large_argument> large_;
    std::shared_ptr<std::string> lent_;
};

// "name" as a RESP string.
inline std::string reply_of(std::string_view name)
{
    return "$" + std::to_string(name.size()) + "\r\n" + std::string{name} + "\r\n";
}

// Hands all of `bytes` to the multiplexer at once. False on a protocol error.
inline bool receive(multiplexer& commands, std::string_view bytes)
{
    char const* at = bytes.data();
    return commands.received(at, at + bytes.size());
}

// What is to be written next, in one piece.
inline std::string unsent(multiplexer& commands)
{
    std::string all;
    for (auto const part : commands.output())
        all += part;
    return all;
}

// Takes what is to be written, all of it.
inline std::string write_all(multiplexer& commands)
{
    std::string all;
    for (auto next = unsent(commands); !next.empty(); next = unsent(commands)) {
        all += next;
        commands.written(next.size(), false);
    }
    return all;
}

// Leaves nothing in flight, as the end of a connection that is given up for good.
inline void give_up(multiplexer& commands)
{
    commands.fail_waiting(failure_code::stopped, "the test is over");
    if (commands.is_open())
        commands.lose(failure_code::stopped, "the test is over");
    commands.fail_waiting(failure_code::stopped, "the test is over");
}

}  // namespace redstart::engine::testing
