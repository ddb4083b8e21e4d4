// Where the server's unix socket lies: in the data directory, or, as the path of a socket may have
// 107 bytes only, in a private directory with a short name.

#pragma once

#include <filesystem>

namespace redstart::embedded {

// Owner of the socket's file, and of the short directory if there is one; both are removed at the
// end. In that case the data directory holds a link "socket-directory" to it, by which the next
// start removes what a killed process left.
class socket_place {
public:
    // `data` is locked by the caller. Throws start_error if no directory can be made.
    explicit socket_place(std::filesystem::path const& data);
    socket_place(socket_place&& other) noexcept;
    socket_place& operator=(socket_place&&) = delete;
    ~socket_place();

    std::filesystem::path const& path() const noexcept { return path_; }

private:
    std::filesystem::path path_;
    std::filesystem::path link_;  // empty while the socket lies with the data
};

}  // namespace redstart::embedded
