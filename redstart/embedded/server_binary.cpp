// Which program is the server. A name that somebody gave is never replaced by another one.

#include "redstart/embedded/server_binary.hpp"

#include "redstart/embedded/start_error.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace redstart::embedded {
namespace {

bool can_run(std::string const& path)
{
    struct stat about{};
    return ::stat(path.c_str(), &about) == 0 && S_ISREG(about.st_mode) &&
           ::access(path.c_str(), X_OK) == 0;
}

// Empty if there is none.
std::string search(std::string_view const name)
{
    if (name.contains('/'))
        return can_run(std::string{name}) ? std::string{name} : std::string{};
    auto const* const listed = std::getenv("PATH");
    std::string_view folders = listed != nullptr ? listed : "/usr/local/bin:/usr/bin:/bin";
    while (!folders.empty()) {
        auto const folder = folders.substr(0, folders.find(':'));
        folders.remove_prefix(std::min(folder.size() + 1, folders.size()));
        auto path = std::string{folder.empty() ? "." : folder} + '/' + std::string{name};
        if (can_run(path))
            return path;
    }
    return {};
}

std::string search_named(std::string_view const name, std::string_view const source)
{
    auto path = search(name);
    if (path.empty())
        throw start_error{"no program \"" + std::string{name} + "\" can be run, which " +
                          std::string{source} + " names as the server"};
    return path;
}

}  // namespace

std::string find_server_binary(std::string_view const wanted)
{
    if (!wanted.empty())
        return search_named(wanted, "the configuration");
    if (auto const* const named = std::getenv("REDSTART_VALKEY"); named != nullptr && *named != 0)
        return search_named(named, "REDSTART_VALKEY");
    for (auto const* const name : {"valkey-server", "redis-server"})
        if (auto path = search(name); !path.empty())
            return path;
    throw start_error{"neither valkey-server nor redis-server is in the PATH: install one, name it "
                      "in REDSTART_VALKEY, or give the URL of a server that runs"};
}

}  // namespace redstart::embedded
