// The file of a unix socket that listens. Private to net.
//
// Nobody but its user may connect: the kernel asks for write permission on the file. It is removed when its listener
// ends; one that a killed process left behind is in nobody's use, and is removed by the next who wants its place.

#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>

namespace redstart::net {

// Before bind(): gives the file that it will make the mode 0600, whatever the umask. Sets errno if it gives false.
bool keep_private(int unbound_socket) noexcept;

// True if a socket was there that nobody listens on, and is gone now. A file of another kind stays, as does a socket
// that answers or cannot be asked.
bool remove_stale_socket(std::string const& path) noexcept;

// The file that a socket was just bound to; one owner.
class socket_file {
public:
    socket_file() = default;  // none
    explicit socket_file(std::string path) noexcept;
    socket_file(socket_file&& other) noexcept
        : path_{std::move(other.path_)}, made_{std::exchange(other.made_, std::nullopt)}
    {
    }
    socket_file& operator=(socket_file&& other) noexcept
    {
        std::swap(path_, other.path_);
        std::swap(made_, other.made_);
        return *this;
    }
    ~socket_file() { remove(); }

    // Not if another file took its place meanwhile. Before the socket is closed: until then nobody takes it for stale.
    void remove() noexcept;

private:
    struct identity {
        dev_t device;
        ino_t number;
        bool operator==(identity const&) const = default;
    };
    static std::optional<identity> identity_of(std::string const& path) noexcept;

    std::string path_;
    std::optional<identity> made_;
};

}  // namespace redstart::net
