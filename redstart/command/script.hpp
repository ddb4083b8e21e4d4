// Lua scripts: sent by their SHA-1, and whole only when the server does not know them yet.
//
//   inline script<std::int64_t> const bump{"bump", "return redis.call('INCRBY', KEYS[1], ARGV[1])"};
//   co_await db.exec(bump(keys("hits"), 5));
//
// A script may touch only the keys that it is given, all in one cluster slot. With a signature instead of a reply, its
// keys and arguments are checked when the program is compiled:
//
//   inline script<std::int64_t(key<hash>, std::string_view, int)> const put{"put", "...", 2};
//   co_await db.exec(put(key, "field", 7));

#pragma once

#include "redstart/command/command.hpp"

#include <string>
#include <string_view>

namespace redstart {

// A script's text, the name by which traces show it, and which version of that script this is. Lives as long as the
// program: commands refer to it.
class script_source {
public:
    script_source(std::string_view name, std::string_view text, int version = 1);
    script_source(script_source const&) = delete;
    script_source& operator=(script_source const&) = delete;

    std::string_view name() const noexcept { return name_; }
    std::string_view text() const noexcept { return text_; }
    std::string_view sha1() const noexcept { return sha1_; }
    int version() const noexcept { return version_; }

private:
    std::string name_;
    std::string text_;
    std::string sha1_;  // 40 hexadecimal digits, as EVALSHA takes it
    int version_;
};

// Turns an EVALSHA request into the EVAL of the same script, keys and arguments.
wire::request to_eval(wire::request const& evalsha, script_source const& source);

// Signature: the reply, for any keys and arguments; or Reply(key<Value>..., Argument...).
template <class Signature>
class script;

template <decodable Reply>
class script<Reply> : public script_source {
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

namespace script_detail {

template <class Parameter>
constexpr bool is_key = false;
template <class Value>
constexpr bool is_key<key<Value>> = true;

// A key of the same values, also one of a pattern; or what converts to the argument.
template <class Given, class Parameter>
concept fits = (is_key<Parameter> && typed_key<Given> &&
                std::same_as<key_value_t<Given>, key_value_t<Parameter>>) ||
               (!is_key<Parameter> && std::convertible_to<Given const&, Parameter>);

template <class... Parameters>
constexpr std::size_t keys_among = (std::size_t{0} + ... + (is_key<Parameters> ? 1 : 0));

template <class... Parameters>
consteval bool keys_come_first()
{
    bool ended = false;
    bool in_order = true;
    (((in_order = in_order && !(ended && is_key<Parameters>)), (ended = !is_key<Parameters>)), ...);
    return in_order;
}

template <class Parameter, class Given>
void append(any_command& to, Given const& given)
{
    if constexpr (is_key<Parameter>)
        to.add(text_of(given));
    else
        to.add(static_cast<Parameter>(given));
}

}  // namespace script_detail

template <decodable Reply, class... Parameters>
class script<Reply(Parameters...)> : public script_source {
    static_assert(script_detail::keys_come_first<Parameters...>(),
                  "a script takes its keys before its arguments");

public:
    using script_source::script_source;

    template <class... Given>
        requires(sizeof...(Given) == sizeof...(Parameters) &&
                 (script_detail::fits<Given, Parameters> && ...))
    command<Reply> operator()(Given const&... given) const
    {
        command<Reply> built{command_id::evalsha, *this};
        built.add(sha1(), script_detail::keys_among<Parameters...>);
        (script_detail::append<Parameters>(built, given), ...);
        return built;
    }
};

}  // namespace redstart
