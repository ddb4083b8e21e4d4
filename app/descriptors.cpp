#include "app/descriptors.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace redstart::app {

namespace {

// Standard streams, signals, the data server's lock and log, look-ups of names, telemetry; and what is opened for a
// moment.
constexpr std::size_t kept_for_the_program = 64;
// The reactor's three, a listener, and a lane that connects anew while its old socket closes.
constexpr std::size_t kept_for_a_loop = 5;

}  // namespace

std::size_t raise_descriptor_limit() noexcept
{
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 0;
    auto raised = limit;
    raised.rlim_cur = limit.rlim_max;
    return ::setrlimit(RLIMIT_NOFILE, &raised) == 0 ? raised.rlim_cur : limit.rlim_cur;
}

http::limits limits_within(std::size_t descriptors, descriptor_users const& users) noexcept
{
    http::limits usual;
    auto const kept = kept_for_the_program + users.loops * (kept_for_a_loop + users.lanes);
    auto const left = descriptors > kept ? (descriptors - kept) / users.accepting_loops : 0;
    usual.max_turned_away = std::clamp<std::size_t>(left / 4, 1, usual.max_turned_away);
    auto const most = left > usual.max_turned_away ? left - usual.max_turned_away : 1;
    usual.max_connections = std::min(usual.max_connections, most);
    return usual;
}

}  // namespace redstart::app
