// The file that the server writes its log to. A line of it is "17:M 21 Nov 2026 22:46:53.304 #
// text", or, when a setting is wrong, just text.

#include "redstart/embedded/server_log.hpp"

#include "redstart/embedded/start_error.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

namespace redstart::embedded {
namespace {

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view blanks = " \t\r\n";
    auto const last = text.find_last_not_of(blanks);
    text = text.substr(0, last == std::string_view::npos ? 0 : last + 1);
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    return text;
}

// The mark behind the time says how serious the line is.
std::string_view without_time(std::string_view const line)
{
    auto const head = line.substr(0, line.find(' '));
    if (!head.contains(':'))
        return line;
    for (std::string_view const mark : {" # ", " * ", " - ", " . "})
        if (auto const found = line.find(mark); found != std::string_view::npos)
            return line.substr(found + mark.size());
    return line;
}

}  // namespace

server_log::server_log(std::filesystem::path path) : path_{std::move(path)}
{
    constexpr off_t large = off_t{8} * 1024 * 1024;
    struct stat found{};
    if (::stat(path_.c_str(), &found) == 0 && found.st_size > large)
        ::rename(path_.c_str(), (path_.native() + ".1").c_str());
    constexpr int flags = O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW;
    file_ = descriptor{::open(path_.c_str(), flags, S_IRUSR | S_IWUSR)};
    if (!file_)
        throw start_error{"cannot write " + path_.string() + ": " + std::strerror(errno)};
    begin_ = std::max(::lseek(file_.get(), 0, SEEK_END), off_t{0});
}

std::string server_log::last_line() const
{
    std::array<char, 4096> room{};
    auto const end = ::lseek(file_.get(), 0, SEEK_END);
    auto const from = std::max(begin_, end - static_cast<off_t>(room.size()));
    auto const size = ::pread(file_.get(), room.data(), room.size(), from);
    auto const text = trimmed({room.data(), static_cast<std::size_t>(std::max(size, ssize_t{0}))});
    return std::string{without_time(trimmed(text.substr(text.rfind('\n') + 1)))};
}

}  // namespace redstart::embedded
