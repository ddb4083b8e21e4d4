// The scripts of a program, so that a server has them before they are needed, and operators see which ones it has.
//
//     script_registry scripts;
//     scripts.add(transfer).add(put);
//     for (auto const& each : co_await scripts.load(db)) ...   // {.name, .version, .sha1, .was_known}
//
// Nothing depends on it: a script that the server does not know is sent whole, and inside MULTI each one is. It saves
// the first call of each script a second round trip. A server forgets its scripts when it restarts or after SCRIPT
// FLUSH. The scripts of the patterns in this layer need not be added, and cannot be: each is sent when it is first
// used.

#pragma once

#include "redstart/client/client.hpp"
#include "redstart/codec/described.hpp"
#include "redstart/command/script.hpp"

#include <source_location>
#include <string>
#include <vector>

namespace redstart::toolkit {

struct loaded_script {
    std::string name;
    int version = 0;
    std::string sha1;
    bool was_known = false;  // before it was loaded

    bool operator==(loaded_script const&) const = default;
};
BOOST_DESCRIBE_STRUCT(loaded_script, (), (name, version, sha1, was_known))

// A value. Filled before it is shared; load() on the loops of the client's runtime. The scripts outlive it.
class script_registry {
public:
    // Throws a failure (invalid_argument) if another script has that name and version, with another text; the same one
    // twice is there once.
    script_registry& add(script_source const& one,
                         std::source_location where = std::source_location::current());

    std::size_t size() const noexcept { return scripts_.size(); }

    // Gives all of them to the server, in the order in which they were added. One round trip; throws the first failure,
    // and may be called again. The client outlives the task, the registry need not.
    task<std::vector<loaded_script>> load(
        client& db, std::source_location where = std::source_location::current()) const;

private:
    std::vector<script_source const*> scripts_;
};

}  // namespace redstart::toolkit
