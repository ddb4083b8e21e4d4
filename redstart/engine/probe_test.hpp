// What the tests of this folder share: a slot that writes down what becomes of it, and a server
// that answers each command with the command's own name.

#pragma once

#include "redstart/engine/multiplexer.hpp"

#include <algorithm>
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

// A command is any name; on the wire it is "<name>".
class probe_slot final : public slot {
public:
    explicit probe_slot(std::string name)
        : slot{replies_to(name)}, name_{std::move(name)}, bytes_{"<" + name_ + ">"}
    {
    }

    std::string const& name() const noexcept { return name_; }
    std::size_t size() const noexcept { return bytes_.size(); }

    std::string reply;       // the texts of all tokens
    std::size_t tokens = 0;  // how many there were
    std::size_t ends = 0;    // how often it left
    std::optional<failure_code> code;
    std::optional<outcome> result;
    std::string reason;
    multiplexer* again = nullptr;  // where to submit itself once more when the reply is there
    std::vector<probe_slot*>* log = nullptr;  // where to note that it has left

private:
    std::string_view bytes() const noexcept override { return bytes_; }
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
    std::string bytes_;
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

// Takes what is to be written, all of it.
inline std::string write_all(multiplexer& commands)
{
    std::string all;
    while (!commands.output().empty()) {
        all += commands.output();
        commands.written(commands.output().size(), false);
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
