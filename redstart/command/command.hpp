// A command is a value that knows its reply: encoded when it is built, sent by a client, decoded into Reply.

#pragma once

#include "redstart/command/decoder.hpp"
#include "redstart/command/info.hpp"
#include "redstart/command/key_list.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

namespace redstart {

class script_source;

// As the time that a blocking command may wait.
inline constexpr std::chrono::milliseconds wait_forever{0};

// Whatever its reply: what the engine needs.
class any_command {
public:
    // A known command, whose arguments are added next.
    explicit any_command(command_id id) : request_{encoded_name_of(id)}, id_{id} {}
    any_command(command_id id, script_source const& script)
        : request_{encoded_name_of(id)}, script_{&script}, id_{id}
    {
    }

    any_command(command_id id, wire::request&& request,
                script_source const* script = nullptr) noexcept
        : request_{std::move(request)}, script_{script}, id_{id}
    {
    }

    template <class... Arguments>
    void add(Arguments const&... arguments)
    {
        (append_argument(request_, arguments), ...);
    }

    // Takes the text or bytes over; what is large is not copied.
    template <class Bytes>
    void add_owned(Bytes&& argument)
    {
        request_.add_owned(std::forward<Bytes>(argument));
    }

    command_id id() const noexcept { return id_; }
    command_info const& info() const noexcept { return info_of(id_); }
    wire::request const& request() const noexcept { return request_; }
    // When it will not be sent any more, and only its name is of interest.
    void forget_arguments() noexcept { request_.forget_arguments(); }

    // Whether it may be sent a second time when nobody knows what became of the first.
    bool is_idempotent() const noexcept
    {
        return !has_single_effect_ && info().has(command_flag::idempotent);
    }
    // For options that make it unlike its kind: SET with NX answers differently the second time.
    void mark_not_idempotent() noexcept { has_single_effect_ = true; }

    // Whether it may wait at the server: as its kind does, unless its options say that it answers at once.
    bool is_blocking() const noexcept
    {
        return block_milliseconds_ != answers_at_once && info().has(command_flag::blocking);
    }
    // XREAD without BLOCK.
    void mark_not_blocking() noexcept { block_milliseconds_ = answers_at_once; }

    // How long it may wait there; wait_forever, or absent if nobody has said it, as of raw commands.
    std::optional<std::chrono::milliseconds> block_time() const noexcept
    {
        if (block_milliseconds_ < 0)
            return std::nullopt;
        return std::chrono::milliseconds{block_milliseconds_};
    }
    // More than 24 days is for ever.
    void set_block_time(std::chrono::milliseconds limit) noexcept
    {
        block_milliseconds_ = std::in_range<std::int32_t>(limit.count())
                                  ? static_cast<std::int32_t>(limit.count())
                                  : 0;
    }

    // The script behind an EVALSHA, so that it can be sent whole when the server does not know it.
    script_source const* script() const noexcept { return script_; }

private:
    static constexpr std::int32_t is_not_known = -1;
    static constexpr std::int32_t answers_at_once = -2;

    wire::request request_;
    script_source const* script_ = nullptr;
    command_id id_;
    bool has_single_effect_ = false;
    std::int32_t block_milliseconds_ = is_not_known;
};

template <decodable Reply>
class [[nodiscard("a command does nothing until it is executed")]] command : public any_command {
public:
    using reply_type = Reply;
    using any_command::any_command;
};

// A command with these arguments, in their order: what most builders are.
template <decodable Reply, class... Arguments>
command<Reply> make_command(command_id id, Arguments const&... arguments)
{
    command<Reply> built{id};
    built.add(arguments...);
    return built;
}

// The escape hatch: any command by name, a subcommand after a blank.
//   co_await db.exec(raw<std::string>("OBJECT ENCODING", "key"));
// Its name is looked up in the same metadata as typed commands: what would change the state of a shared connection is
// refused by the client, and an unknown name counts as a write. No write is repeated, whatever its name, and nothing
// that may wait. Throws a failure (invalid_argument) for a name that is empty or has a blank too many.
template <decodable Reply, class... Arguments>
command<Reply> raw(std::string_view name, Arguments const&... arguments)
{
    auto request = argument_detail::named_request(name);
    (append_argument(request, arguments), ...);
    auto id = find_command(name);
    if constexpr (sizeof...(Arguments) > 0)
        if (request.arguments() >= 2 && name.find(' ') == std::string_view::npos) {
            auto const with_subcommand = std::string{name} + ' ' + std::string{request.argument(1)};
            if (auto const found = find_command(with_subcommand); found != command_id::unknown)
                id = found;
        }
    command<Reply> built{id, std::move(request)};
    if (built.info().has(command_flag::write) || built.info().has(command_flag::blocking))
        built.mark_not_idempotent();  // its options are not looked at
    return built;
}

}  // namespace redstart
