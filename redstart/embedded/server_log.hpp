// The file that the server writes its log to, and what it says there before it fails.

#pragma once

#include "redstart/embedded/descriptor.hpp"

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace redstart::embedded {

class server_log {
public:
    // Opens it for appending (mode 0600); one of more than 8 MiB is renamed to <path>.1 before.
    // Throws start_error.
    explicit server_log(std::filesystem::path path);

    std::filesystem::path const& path() const noexcept { return path_; }
    int file() const noexcept { return file_.get(); }

    // The last line written since then, without its process number and time; empty if there is
    // none.
    std::string last_line() const;

private:
    std::filesystem::path path_;
    descriptor file_;
    off_t begin_ = 0;
};

}  // namespace redstart::embedded
