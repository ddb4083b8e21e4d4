// Functions: libraries of code that the server keeps with its data, called by name.
//
//   inline function_library const stock{"stock", R"(
//       redis.register_function('take', function(keys, args)
//           return redis.call('DECRBY', keys[1], args[1])
//       end))"};
//   inline server_function<std::int64_t> const take{"take"};
//
//   co_await db.exec(function_load(stock, {.replace = true}));
//   std::int64_t const left = co_await db.exec(take(keys("stock:7"), 3));
//
// A function may touch only the keys that it is given, all in one cluster slot. What it did before it failed, stays.

#pragma once

#include "redstart/command/flush_mode.hpp"
#include "redstart/command/reply_value.hpp"
#include "redstart/command/scripting.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace redstart {

// Calls a function by its name.
template <decodable Reply, class... Keys, class... Arguments>
command<Reply> fcall(std::string_view name, key_list<Keys...> const& on,
                     Arguments const&... arguments)
{
    return script_detail::call<Reply>(command_id::fcall, name, on, arguments...);
}

// The same, for a function that is registered with the flag no-writes: it may be repeated, and run on a replica.
template <decodable Reply, class... Keys, class... Arguments>
command<Reply> fcall_ro(std::string_view name, key_list<Keys...> const& on,
                        Arguments const&... arguments)
{
    return script_detail::call<Reply>(command_id::fcall_ro, name, on, arguments...);
}

// A function whose reply is known: an object of the program that makes its calls.
template <decodable Reply>
class server_function {
public:
    enum class kind : std::uint8_t { writes, only_reads };

    explicit server_function(std::string_view name, kind what = kind::writes)
        : name_{name}, id_{what == kind::writes ? command_id::fcall : command_id::fcall_ro}
    {
    }

    template <class... Keys, class... Arguments>
    command<Reply> operator()(key_list<Keys...> const& on, Arguments const&... arguments) const
    {
        return script_detail::call<Reply>(id_, name_, on, arguments...);
    }

private:
    std::string name_;
    command_id id_;
};

// A library under its name. The code is without the line "#!lua name=…", which is added here.
class function_library {
public:
    function_library(std::string_view name, std::string_view code, std::string_view engine = "lua");

    std::string const& name() const noexcept { return name_; }
    std::string const& text() const noexcept { return text_; }  // as the server takes it

private:
    std::string name_;
    std::string text_;
};

struct function_load_options {
    bool replace = false;  // otherwise it fails if there is a library of that name
};

// Gives the name of the library. O(1).
command<std::string> function_load(function_library const& library,
                                   function_load_options const& options = {});
// A whole text, with its first line.
command<std::string> function_load(std::string_view text,
                                   function_load_options const& options = {});

// A library of that name must be there.
command<ok> function_delete(std::string_view library);
command<ok> function_flush(flush_mode mode = flush_mode::as_configured);
// Ends the function that runs, as script_kill() ends a script.
command<ok> function_kill();

// All libraries, as function_restore() takes them.
command<std::vector<std::byte>> function_dump();

enum class function_restore_policy : std::uint8_t {
    append,   // fails if there is a library or a function of the same name
    replace,  // of libraries of the same name, only the restored ones stay
    flush,    // only the restored ones stay
};
command<ok> function_restore(std::span<std::byte const> dump,
                             function_restore_policy policy = function_restore_policy::append);

struct function_info {
    std::string name{};
    std::string description{};
    std::vector<std::string> flags{};
};
bool read_reply(reply_value const& whole, function_info& out);

struct function_library_info {
    std::string name{};
    std::string engine{};
    std::vector<function_info> functions{};
    std::optional<std::string> code{};  // if it was asked for
};
bool read_reply(reply_value const& whole, function_library_info& out);

struct function_list_options {
    std::string_view library{};  // a pattern; empty: all
    bool with_code = false;
};
command<std::vector<function_library_info>> function_list(
    function_list_options const& options = {});

struct running_function {
    std::string name{};
    std::vector<std::string> command{};  // as it was called
    std::chrono::milliseconds duration{};
};
bool read_reply(reply_value const& whole, running_function& out);

struct function_engine {
    std::uint64_t libraries = 0;
    std::uint64_t functions = 0;
};
bool read_reply(reply_value const& whole, function_engine& out);

struct function_statistics {
    std::optional<running_function> running{};
    std::vector<std::pair<std::string, function_engine>> engines{};
};
bool read_reply(reply_value const& whole, function_statistics& out);

// Answers also while a function or a script runs.
command<function_statistics> function_stats();

}  // namespace redstart
