#include "redstart/testing/temporary_folder.hpp"

#include <cerrno>
#include <stdlib.h>
#include <string>
#include <system_error>

namespace redstart::testing {

temporary_folder::temporary_folder()
{
    // Unix sockets lie in it, and their paths must stay short: 107 bytes.
    constexpr std::size_t longest = 60;
    auto base = std::filesystem::temp_directory_path();
    if (base.native().size() > longest)
        base = "/tmp";
    auto pattern = (base / "redstart-XXXXXX").native();
    if (!::mkdtemp(pattern.data()))
        throw std::system_error{errno, std::generic_category(), "cannot make " + pattern};
    path_ = pattern;
}

temporary_folder::~temporary_folder()
{
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

}  // namespace redstart::testing
