// The directory that holds the data, locked for one server at a time.
//
// The lock belongs to the open file, not to a process: the server inherits it, so the directory
// stays locked until both this process and the server have ended. A new one can never meet an old
// server that is still writing.

#pragma once

#include "redstart/base/clock.hpp"
#include "redstart/embedded/descriptor.hpp"

#include <filesystem>

namespace redstart::embedded {

// ${XDG_STATE_HOME:-~/.local/state}/redstart. Throws start_error if neither variable says where
// that is.
std::filesystem::path default_data_directory();

class data_directory {
public:
    // Makes the directory (mode 0700) if it is not there, and locks it. While the process that held
    // it has died but its server has not, waits for that, but not longer than `patience`. Throws
    // start_error: the directory is in use, cannot be made, belongs to another user (root is no
    // exception), or others may write to it.
    static data_directory open(std::filesystem::path path, boot_clock::duration patience);

    std::filesystem::path const& path() const noexcept { return path_; }  // absolute
    int lock() const noexcept { return lock_.get(); }

private:
    data_directory(std::filesystem::path path, descriptor lock) noexcept;

    std::filesystem::path path_;
    descriptor lock_;
};

}  // namespace redstart::embedded
