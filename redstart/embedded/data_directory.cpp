// The directory that holds the data. The lock file also names the process that took it, for the
// error line only: the lock itself is the kernel's.

#include "redstart/embedded/data_directory.hpp"

#include "redstart/embedded/start_error.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <string>

namespace redstart::embedded {
namespace {

namespace fs = std::filesystem;

start_error about(fs::path const& path, std::string const& what)
{
    return start_error{"data directory " + path.string() + ": " + what};
}

void make(fs::path const& path)
{
    std::error_code failed;
    fs::create_directories(path.parent_path(), failed);
    if (!failed && ::mkdir(path.c_str(), S_IRWXU) != 0 && errno != EEXIST)
        failed = {errno, std::generic_category()};
    if (failed)
        throw about(path, "cannot be made: " + failed.message());
}

// Whoever else may write there could put his own data or his own socket under our server, or links that lead its files
// elsewhere. That holds for root most of all: what its server is led to, it may write.
void check_owner(fs::path const& path)
{
    struct stat found{};
    if (::stat(path.c_str(), &found) != 0)
        throw about(path, std::strerror(errno));
    if (!S_ISDIR(found.st_mode))
        throw about(path, "is not a directory");
    if (found.st_uid != ::geteuid())
        throw about(path, "belongs to user " + std::to_string(found.st_uid) + ", not to user " +
                              std::to_string(::geteuid()) +
                              " who runs this; give it to that one (chown), or choose another");
    if ((found.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        throw about(path, "others may write to it; forbid that (chmod go-w), or choose another");
}

// The process that the lock file names; 0 if it names none.
pid_t holder(int const lock)
{
    std::array<char, 16> text{};
    auto const size = ::pread(lock, text.data(), text.size(), 0);
    pid_t pid = 0;
    if (size > 0)
        std::from_chars(text.data(), text.data() + size, pid);
    return pid;
}

bool is_gone(pid_t const pid) { return pid > 0 && ::kill(pid, 0) != 0 && errno == ESRCH; }

void sign(int const lock)
{
    auto const text = std::to_string(::getpid()) + '\n';
    if (::ftruncate(lock, 0) == 0) [[maybe_unused]]
        auto const written = ::pwrite(lock, text.data(), text.size(), 0);
}

void take(int const lock, fs::path const& path, boot_clock::duration const patience)
{
    auto const deadline = deadline_after(boot_clock::now(), patience);
    while (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            throw about(path, std::string{"cannot be locked: "} + std::strerror(errno));
        auto const pid = holder(lock);
        if (is_gone(pid) && boot_clock::now() < deadline) {
            constexpr int pause_ms = 10;
            ::poll(nullptr, 0, pause_ms);
            continue;
        }
        auto const whom = is_gone(pid) ? "the server of a process that has ended"
                          : pid > 0    ? "process " + std::to_string(pid)
                                       : std::string{"another process"};
        throw about(path, "is in use by " + whom);
    }
}

fs::path state_home()
{
    if (auto const* const state = std::getenv("XDG_STATE_HOME"); state != nullptr && *state == '/')
        return state;
    if (auto const* const home = std::getenv("HOME"); home != nullptr && *home == '/')
        return fs::path{home} / ".local/state";
    throw start_error{
        "neither XDG_STATE_HOME nor HOME says where data may lie: name a data directory"};
}

}  // namespace

fs::path default_data_directory() { return state_home() / "redstart"; }

data_directory::data_directory(fs::path path, descriptor lock) noexcept
    : path_{std::move(path)}, lock_{std::move(lock)}
{
}

data_directory data_directory::open(fs::path path, boot_clock::duration const patience)
{
    path = fs::absolute(path).lexically_normal();
    if (!path.has_filename())
        path = path.parent_path();  // it ended in a slash
    make(path);
    check_owner(path);
    auto const file = path / "redstart.lock";
    descriptor lock{
        ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR)};
    if (!lock)
        throw about(path, std::string{"cannot be locked: "} + std::strerror(errno));
    take(lock.get(), path, patience);
    sign(lock.get());
    return {std::move(path), std::move(lock)};
}

}  // namespace redstart::embedded
