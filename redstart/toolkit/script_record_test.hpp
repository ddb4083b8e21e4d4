// What scripts touch, as a server tells it: MONITOR shows each call of a script, and behind it every command that the
// script executed. COMMAND GETKEYS says of both which keys they name. And which Lua there is, as the sources show it.

#pragma once

#include "redstart/client/client.hpp"

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace redstart::toolkit::script_tests {

using words = std::vector<std::string>;

// One thread.
class script_record {
public:
    // A line of MONITOR.
    void note(std::string_view line);
    // Lines are missing here: what follows belongs to no call that was seen.
    void lose_track() { last_.clear(); }

    // The calls that executed something, as EVALSHA <SHA-1> <how many keys> <key>..., each with what it executed.
    std::map<words, std::set<words>> const& calls() const noexcept { return calls_; }
    // The scripts that executed something when they were sent whole.
    std::set<std::string> const& texts() const noexcept { return texts_; }

private:
    void note_executed(words said);

    words last_;  // asked by a client: what a script executes follows it
    std::map<words, std::set<words>> calls_;
    std::set<std::string> texts_;
};

// What is wrong with the calls, in words: a key that is touched and not declared, declared keys of two slots, a command
// that looks at more than its keys. `node` is of a cluster. Many commands, a few round trips.
task<std::vector<std::string>> faults_of(script_record const& record, client& node);

// A piece of Lua in a source of the library: a raw string in which something is called.
struct lua_piece {
    std::string where;  // file and line
    std::string text;
};

// Those of one source. Throws std::runtime_error if it calls something from Lua outside of a raw string.
std::vector<lua_piece> lua_in(std::string_view source, std::string const& file);
// Those of all sources and headers under the folder, tests apart.
std::vector<lua_piece> lua_under(std::filesystem::path const& folder);

// Where the pieces are that are part of no script which executed anything.
std::vector<std::string> never_executed(std::vector<lua_piece> const& pieces,
                                        script_record const& record);

}  // namespace redstart::toolkit::script_tests
