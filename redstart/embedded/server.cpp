// A server of one's own. The order matters: the lock first, then everything that could disturb a
// server that runs.

#include "redstart/embedded/server.hpp"

#include "redstart/embedded/child.hpp"
#include "redstart/embedded/data_directory.hpp"
#include "redstart/embedded/server_binary.hpp"
#include "redstart/embedded/server_log.hpp"
#include "redstart/embedded/server_probe.hpp"
#include "redstart/embedded/server_settings.hpp"
#include "redstart/embedded/socket_place.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace redstart::embedded {
namespace {

// A file in memory holds the whole text before the child begins, so nobody waits for anybody.
descriptor readable(std::string const& text)
{
    descriptor file{::memfd_create("redstart-server-settings", MFD_CLOEXEC)};
    auto const written = ::write(file.get(), text.data(), text.size());
    if (!file || written != static_cast<ssize_t>(text.size()) ||
        ::lseek(file.get(), 0, SEEK_SET) != 0)
        throw start_error{std::string{"cannot hand the server its settings: "} +
                          std::strerror(errno)};
    return file;
}

// A closed standard descriptor would be given to the next file that is opened, and be replaced when
// the child gets its own input and output.
void fill_standard_descriptors()
{
    descriptor lowest{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    while (lowest && lowest.get() <= STDERR_FILENO) {
        [[maybe_unused]] auto const kept = lowest.release();
        lowest = descriptor{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    }
}

}  // namespace

// Destroyed from the last to the first: the child is told to end before its socket and its lock are
// given up.
struct server::state {
    data_directory data;
    server_log log;
    socket_place socket;
    std::string binary;
    child process;
    std::string version{};

    void wait_until_ready(boot_clock::duration within);
    bool is_ready();
    [[noreturn]] void give_up(std::string const& why);
    std::string ended_line(std::string const& how) const;
    std::string said() const;
};

std::string server::state::said() const
{
    auto const line = log.last_line();
    return (line.empty() ? "" : ": " + line) + " (log: " + log.path().string() + ")";
}

std::string server::state::ended_line(std::string const& how) const
{
    if (how == "exited with status " + std::to_string(status_not_run))
        return binary + " cannot be run";
    return binary + ' ' + how + said();
}

void server::state::give_up(std::string const& why)
{
    process.signal(SIGKILL);
    process.wait(std::chrono::seconds{5});
    throw start_error{binary + ' ' + why + said()};
}

bool server::state::is_ready()
{
    auto probe = server_probe::connect(socket.path());
    if (!probe)
        return false;
    auto const answer = probe->ask("PING");
    if (!answer || answer->starts_with("-LOADING"))
        return false;
    if (*answer != "+PONG")
        give_up("answered PING with \"" + *answer + '"');
    version = version_in(probe->ask("INFO server").value_or(""));
    return true;
}

void server::state::wait_until_ready(boot_clock::duration const within)
{
    constexpr std::chrono::milliseconds pause{5};
    auto const deadline = deadline_after(boot_clock::now(), within);
    while (!is_ready()) {
        if (auto const ended = process.wait(pause))
            throw start_error{ended_line(*ended)};
        if (boot_clock::now() >= deadline)
            give_up("was not ready at the deadline");
    }
}

server server::start(options const& wanted)
{
    if (::gettid() != ::getpid())
        throw start_error{
            "the server must be started from the main thread: it ends with the thread"};
    fill_standard_descriptors();
    auto binary = find_server_binary(wanted.binary);
    auto data = data_directory::open(
        wanted.data_dir.empty() ? default_data_directory() : wanted.data_dir, wanted.start_within);
    server_log log{data.path() / "valkey.log"};
    socket_place socket{data.path()};
    auto const memory = wanted.max_memory != 0 ? wanted.max_memory : default_max_memory();
    auto const settings = readable(configuration_text({.data_dir = data.path(),
                                                       .socket = socket.path(),
                                                       .log = log.path(),
                                                       .max_memory = memory,
                                                       .extra = wanted.extra}));
    auto process = child::start({.binary = binary,
                                 .arguments = {"-"},
                                 .input = settings.get(),
                                 .output = log.file(),
                                 .kept = data.lock(),
                                 .parent = ::getpid()});
    auto running = std::make_unique<state>(std::move(data), std::move(log), std::move(socket),
                                           std::move(binary), std::move(process));
    running->wait_until_ready(wanted.start_within);
    return server{std::move(running)};
}

server::server(std::unique_ptr<state> running) noexcept : state_{std::move(running)} {}
server::server(server&&) noexcept = default;
server::~server() = default;

pid_t server::pid() const noexcept { return state_->process.pid(); }

std::string const& server::version() const noexcept { return state_->version; }

std::filesystem::path const& server::socket_path() const noexcept { return state_->socket.path(); }

std::filesystem::path const& server::data_dir() const noexcept { return state_->data.path(); }

std::filesystem::path const& server::log_path() const noexcept { return state_->log.path(); }

std::optional<std::string> server::check()
{
    auto const ended = state_->process.check();
    return ended ? std::optional{state_->ended_line(*ended)} : std::nullopt;
}

int server::exit_descriptor() const noexcept { return state_->process.exit_descriptor(); }

bool server::stop(boot_clock::duration const within)
{
    state_->process.signal(SIGTERM);
    auto ended = state_->process.wait(within);
    if (!ended) {
        state_->process.signal(SIGKILL);
        ended = state_->process.wait(std::chrono::seconds{5});
    }
    return ended == "exited with status 0";
}

}  // namespace redstart::embedded
