#include "app/stop_signals.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>

namespace redstart::app {

namespace {

sigset_t both()
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    return set;
}

// The default would do the same, but not for the first process of a container: the kernel drops a signal to it that has
// no handler.
void end_at_once(int number) { ::_exit(128 + number); }

}  // namespace

stop_signals::stop_signals()
{
    auto const set = both();
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGTERM, end_at_once);
    std::signal(SIGINT, end_at_once);
    descriptor_ = ::signalfd(-1, &set, SFD_CLOEXEC);
    if (descriptor_ < 0)
        std::abort();  // out of descriptors before anything was opened
    let_through();     // whoever started us may have held them back
}

stop_signals::~stop_signals() { ::close(descriptor_); }

void stop_signals::hold_back() const
{
    auto const set = both();
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

void stop_signals::let_through() const
{
    auto const set = both();
    pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

stop_signals::event stop_signals::wait(int other) const
{
    pollfd watched[] = {{.fd = descriptor_, .events = POLLIN, .revents = 0},
                        {.fd = other, .events = POLLIN, .revents = 0}};
    while (::poll(watched, 2, -1) < 0 && errno == EINTR) {}
    if ((watched[0].revents & POLLIN) == 0)
        return event::descriptor;
    signalfd_siginfo taken{};
    static_cast<void>(::read(descriptor_, &taken, sizeof taken));
    return event::signal;
}

}  // namespace redstart::app
