// Lua scripts: sent by their SHA-1, and whole only when the server does not know them yet.
//
//   inline script<std::int64_t> const bump{"bump", "return redis.call('INCRBY', KEYS[1], ARGV[1])"};
//   co_await db.exec(bump(keys("hits"), 5));
//
// A script may touch only the keys that it is given, all in one cluster slot.

#pragma once

#include "redstart/command/command.hpp"

#include <string>
#include <string_view>

namespace redstart {

// A script's text, and the name by which traces show it. Lives as long as the program: commands refer to it.
class script_source {
public:
    script_source(std::string_view name, std::string_view text);
    script_source(script_source const&) = delete;
    script_source& operator=(script_source const&) = delete;

    std::string_view name() const noexcept { return name_; }
    std::string_view text() const noexcept { return text_; }
    std::string_view sha1() const noexcept { return sha1_; }

private:
    std::string name_;
    std::string text_;
    std::string sha1_;  // 40 hexadecimal digits, as EVALSHA takes it
};

// Turns an EVALSHA request into the EVAL of the same script, keys and arguments.
wire::request to_eval(wire::request const& evalsha, script_source const& source);

template <decodable Reply>
class script : public script_source {
public:
    using script_source::script_source;

    template <class... Keys, class... Arguments>
    command<Reply> operator()(key_list<Keys...> const& on, Arguments const&... arguments) const
    {
        command<Reply> built{command_id::evalsha, *this};
        built.add(sha1(), on.size());
        if (on.size() > 0)  // a script may do without
            built.add(on);
        built.add(arguments...);
        return built;
    }
};

}  // namespace redstart
