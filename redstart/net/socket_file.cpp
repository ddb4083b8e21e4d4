#include "redstart/net/socket_file.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace redstart::net {

namespace {

// Without waiting: a listener whose queue is full answers with EAGAIN, and listens.
bool is_refused(std::string const& path) noexcept
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        return false;
    std::memcpy(address.sun_path, path.data(), path.size());
    int const asking = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (asking < 0)
        return false;
    auto const* const target = reinterpret_cast<sockaddr const*>(&address);
    bool const refused = ::connect(asking, target, sizeof address) != 0 && errno == ECONNREFUSED;
    ::close(asking);
    return refused;
}

}  // namespace

// Linux gives the file of a socket the mode of the socket itself, so that there is no moment in which others could
// connect, and no change of the umask, which all threads share.
bool keep_private(int unbound_socket) noexcept
{
    return ::fchmod(unbound_socket, S_IRUSR | S_IWUSR) == 0;
}

// One that somebody has bound in this very moment, and does not listen on yet, looks stale as well: two servers that
// are started at once on one path are not told apart.
bool remove_stale_socket(std::string const& path) noexcept
{
    struct stat found{};
    return ::lstat(path.c_str(), &found) == 0 && S_ISSOCK(found.st_mode) && is_refused(path) &&
           ::unlink(path.c_str()) == 0;
}

socket_file::socket_file(std::string path) noexcept
    : path_{std::move(path)}, made_{identity_of(path_)}
{
}

void socket_file::remove() noexcept
{
    if (made_ && identity_of(path_) == made_)
        ::unlink(path_.c_str());
    made_.reset();
}

std::optional<socket_file::identity> socket_file::identity_of(std::string const& path) noexcept
{
    struct stat found{};
    if (::lstat(path.c_str(), &found) != 0)
        return std::nullopt;
    return identity{.device = found.st_dev, .number = found.st_ino};
}

}  // namespace redstart::net
