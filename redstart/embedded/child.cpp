// A child process that does not outlive its parent. Between fork and exec only async-signal-safe
// calls are made, so that it does not matter what other threads were doing.

#include "redstart/embedded/child.hpp"

#include "redstart/embedded/start_error.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>

namespace redstart::embedded {
namespace {

// Ignored signals and the mask survive an exec; a server that cannot hear SIGTERM could not be
// stopped.
void reset_signals() noexcept
{
    struct sigaction standard{};
    standard.sa_handler = SIG_DFL;
    for (int number = 1; number < NSIG; ++number)
        ::sigaction(number, &standard, nullptr);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

void keep_only(child_plan const& plan) noexcept
{
    constexpr unsigned first = 3;
    ::dup2(plan.input, STDIN_FILENO);
    ::dup2(plan.output, STDOUT_FILENO);
    ::dup2(plan.output, STDERR_FILENO);
    ::close_range(first, ~0U, CLOSE_RANGE_CLOEXEC);
    if (plan.kept >= 0)
        ::fcntl(plan.kept, F_SETFD, 0);
}

[[noreturn]] void become(child_plan const& plan, char* const* const arguments) noexcept
{
    // A group of its own: Ctrl-C ends the parent, which stops the child when it needs it no more.
    ::setpgid(0, 0);
    ::umask(S_IRWXG | S_IRWXO);
    reset_signals();
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != plan.parent)
        ::_exit(status_orphaned);  // it died before the line above could tell the kernel
    keep_only(plan);
    ::execv(plan.binary.c_str(), arguments);
    ::_exit(status_not_run);
}

std::string end_of(int const status)
{
    if (WIFSIGNALED(status))
        return "was killed by signal " + std::to_string(WTERMSIG(status));
    return "exited with status " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

// The C library of Debian 12 declares pidfd_open without C linkage, so the call is made directly.
descriptor process_descriptor(pid_t const process) noexcept
{
    return descriptor{static_cast<int>(::syscall(SYS_pidfd_open, process, 0))};
}

child child::start(child_plan const& plan)
{
    std::vector<char*> arguments{const_cast<char*>(plan.binary.c_str())};
    for (auto const& argument : plan.arguments)
        arguments.push_back(const_cast<char*>(argument.c_str()));
    arguments.push_back(nullptr);

    auto const pid = ::fork();
    if (pid == 0)
        become(plan, arguments.data());
    if (pid < 0)
        throw start_error{std::string{"cannot start another process: "} + std::strerror(errno)};
    return child{pid};
}

child::child(pid_t const pid) : pid_{pid}, exit_{process_descriptor(pid)} {}

child::child(child&& other) noexcept
    : pid_{std::exchange(other.pid_, -1)}, exit_{std::move(other.exit_)},
      ended_{std::move(other.ended_)}
{
}

child::~child()
{
    if (pid_ > 0 && !check())
        signal(SIGTERM);
}

std::optional<std::string> child::check()
{
    if (ended_)
        return ended_;
    int status = 0;
    auto const found = ::waitpid(pid_, &status, WNOHANG);
    if (found == pid_)
        ended_ = end_of(status);
    else if (found < 0 && errno == ECHILD)
        ended_ = "ended";  // somebody ignores SIGCHLD, so the system reaped it
    return ended_;
}

std::optional<std::string> child::wait(boot_clock::duration const at_most)
{
    using std::chrono::milliseconds;
    auto const deadline = deadline_after(boot_clock::now(), at_most);
    while (true) {
        if (auto ended = check())
            return ended;
        auto const left = std::chrono::ceil<milliseconds>(deadline - boot_clock::now());
        if (left <= milliseconds::zero())
            return std::nullopt;
        // Without a descriptor to watch (the kernel may have none) this is a pause, so it is short.
        auto const pause = std::min(left, exit_ ? milliseconds{1000} : milliseconds{10});
        pollfd watched{.fd = exit_.get(), .events = POLLIN, .revents = 0};
        ::poll(&watched, 1, static_cast<int>(pause.count()));
    }
}

void child::signal(int const number) const noexcept
{
    if (pid_ > 0 && !ended_)
        ::kill(pid_, number);
}

}  // namespace redstart::embedded
