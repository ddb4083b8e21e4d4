// Scripts that are known only at run time, and the server's cache of them. A script of the program is best declared
// once, as a script<Reply> (script.hpp), which is sent by its digest.

#pragma once

#include "redstart/command/command.hpp"
#include "redstart/command/flush_mode.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace redstart {

namespace script_detail {

// NAME what numkeys key... argument...: what calls of scripts and functions have in common.
template <class Reply, class Keys, class... Arguments>
command<Reply> call(command_id id, std::string_view what, Keys const& on,
                    Arguments const&... arguments)
{
    auto built = make_command<Reply>(id, what, on.size());
    if (on.size() > 0)
        built.add(on);
    built.add(arguments...);
    return built;
}

}  // namespace script_detail

// Runs a script. It may touch only these keys; where it fails, what it did before stays.
//   eval<std::int64_t>("return redis.call('INCRBY', KEYS[1], ARGV[1])", keys("hits"), 5)
template <decodable Reply, class... Keys, class... Arguments>
command<Reply> eval(std::string_view text, key_list<Keys...> const& on,
                    Arguments const&... arguments)
{
    return script_detail::call<Reply>(command_id::eval, text, on, arguments...);
}

// The same, for a script that only reads: it may be repeated, and run on a replica.
template <decodable Reply, class... Keys, class... Arguments>
command<Reply> eval_ro(std::string_view text, key_list<Keys...> const& on,
                       Arguments const&... arguments)
{
    return script_detail::call<Reply>(command_id::eval_ro, text, on, arguments...);
}

// Runs a script that the server has, by its digest. It fails with the server_code NOSCRIPT if it has not.
template <decodable Reply, class... Keys, class... Arguments>
command<Reply> evalsha(std::string_view sha1, key_list<Keys...> const& on,
                       Arguments const&... arguments)
{
    return script_detail::call<Reply>(command_id::evalsha, sha1, on, arguments...);
}
template <decodable Reply, class... Keys, class... Arguments>
command<Reply> evalsha_ro(std::string_view sha1, key_list<Keys...> const& on,
                          Arguments const&... arguments)
{
    return script_detail::call<Reply>(command_id::evalsha_ro, sha1, on, arguments...);
}

// Puts a script into the server's cache and gives its digest, 40 hexadecimal digits. The cache is lost with a restart.
command<std::string> script_load(std::string_view text);

// Which of these the server has.
command<std::vector<bool>> script_exists(one_or_more<std::string_view> digests);

// The text of a script in the cache. Valkey 8; an unknown digest is an error of the server.
command<std::string> script_show(std::string_view sha1);

// Empties the cache. A script<Reply> is sent whole then, the next time.
command<ok> script_flush(flush_mode mode = flush_mode::as_configured);

// Ends the script that runs, if it has written nothing yet. It fails with the server_code NOTBUSY if none runs, and
// with UNKILLABLE if it has written.
command<ok> script_kill();

}  // namespace redstart
