// A folder of a test's own, which is removed with everything in it.

#pragma once

#include <filesystem>

namespace redstart::testing {

// Under the system's folder for temporary files, readable by its owner only. What a test that was
// killed leaves behind stays there.
class temporary_folder {
public:
    temporary_folder();
    temporary_folder(temporary_folder const&) = delete;
    temporary_folder& operator=(temporary_folder const&) = delete;
    ~temporary_folder();

    std::filesystem::path const& path() const noexcept { return path_; }

private:
    std::filesystem::path path_;
};

}  // namespace redstart::testing
