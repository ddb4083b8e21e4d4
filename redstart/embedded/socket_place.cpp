// Where the server's unix socket lies. A name in /tmp is made by mkdtemp, which nobody can guess or
// take before us.

#include "redstart/embedded/socket_place.hpp"

#include "redstart/embedded/start_error.hpp"

#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace redstart::embedded {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view socket_name = "valkey.sock";
constexpr std::string_view short_prefix = "redstart-";

bool fits(fs::path const& path) { return path.native().size() < sizeof(sockaddr_un::sun_path); }

fs::path make_short_directory()
{
    auto const* const runtime = std::getenv("XDG_RUNTIME_DIR");
    for (fs::path const parent :
         {runtime != nullptr && *runtime == '/' ? runtime : "/tmp", "/tmp"}) {
        auto name = (parent / short_prefix).native() + "XXXXXX";
        if (fits(fs::path{name} / socket_name) && ::mkdtemp(name.data()) != nullptr)
            return name;
    }
    throw start_error{std::string{"no directory for the server's socket: "} + std::strerror(errno)};
}

// Removes no more than we make: the socket, its directory if that is empty then, the link.
void remove_short_directory(fs::path const& link)
{
    std::error_code ignored;
    auto const directory = fs::read_symlink(link, ignored);
    if (directory.filename().native().starts_with(short_prefix)) {
        fs::remove(directory / socket_name, ignored);
        ::rmdir(directory.c_str());
    }
    fs::remove(link, ignored);
}

}  // namespace

socket_place::socket_place(fs::path const& data) : path_{data / socket_name}
{
    auto link = data / "socket-directory";
    remove_short_directory(link);
    if (!fits(path_)) {
        path_ = make_short_directory() / socket_name;
        link_ = std::move(link);
        std::error_code ignored;  // without the link, at worst an empty directory stays in /tmp
        fs::create_directory_symlink(path_.parent_path(), link_, ignored);
    }
    ::unlink(path_.c_str());
}

socket_place::socket_place(socket_place&& other) noexcept
    : path_{std::exchange(other.path_, {})}, link_{std::exchange(other.link_, {})}
{
}

socket_place::~socket_place()
{
    if (path_.empty())
        return;
    ::unlink(path_.c_str());
    if (link_.empty())
        return;
    ::rmdir(path_.parent_path().c_str());
    ::unlink(link_.c_str());
}

}  // namespace redstart::embedded
