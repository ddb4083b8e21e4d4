#include "redstart/testing/server_fixture.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>

namespace redstart::testing {

namespace {

constexpr std::chrono::milliseconds pause_between_tries{5};

std::string find_program(std::string_view name)
{
    auto const* const folders = std::getenv("PATH");
    std::istringstream path{folders ? folders : "/usr/local/bin:/usr/bin:/bin"};
    for (std::string folder; std::getline(path, folder, ':');) {
        auto candidate = folder + "/" + std::string{name};
        if (::access(candidate.c_str(), X_OK) == 0)
            return candidate;
    }
    return {};
}

// Between fork and exec only what is safe after a fork of a process with threads.
[[noreturn]] void become(char const* program, char* const* arguments, pid_t parent)
{
    constexpr int cannot_start = 127;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent)
        ::_exit(cannot_start);  // the parent died before the line above
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    // Sockets of the test that it inherited would never be seen to close.
    ::syscall(SYS_close_range, 3u, ~0u, 0u);
    auto const nowhere = ::open("/dev/null", O_RDWR);
    ::dup2(nowhere, 0);
    ::dup2(nowhere, 1);
    ::dup2(nowhere, 2);
    ::execv(program, arguments);
    ::_exit(cannot_start);
}

// Whether the process ends within the time.
bool ends_within(pid_t process, std::chrono::milliseconds limit)
{
    descriptor const handle{static_cast<int>(::syscall(SYS_pidfd_open, process, 0))};
    if (!handle)
        throw std::system_error{errno, std::generic_category(), "pidfd_open"};
    return readable_within(handle.get(), limit);
}

void await_change(pid_t process, int options)
{
    while (::waitpid(process, nullptr, options) < 0)
        if (errno != EINTR)
            throw std::system_error{errno, std::generic_category(), "waitpid"};
}

}  // namespace

bool servers_know_hello()
{
    auto const* const said = std::getenv("REDSTART_TEST_SERVERS");
    if (!said || std::string_view{said}.empty())
        return true;
    if (std::string_view{said} == "without_hello")
        return false;
    throw std::runtime_error{std::string{"unknown REDSTART_TEST_SERVERS: "} + said};
}

server_fixture::server_fixture(server_options options) : options_{std::move(options)} { start(); }

server_fixture::~server_fixture()
{
    try {
        kill(SIGKILL);
    } catch (std::exception const&) {
        // It has ended by itself.
    }
}

bool server_fixture::is_installed(std::string_view program)
{
    return !find_program(program).empty();
}

net::endpoint server_fixture::tcp() const
{
    return {.host = "127.0.0.1", .port = port_, .unix_path = {}};
}

net::endpoint server_fixture::tls() const
{
    return {.host = "127.0.0.1", .port = tls_port_, .unix_path = {}};
}

net::endpoint server_fixture::unix_socket() const
{
    return {.host = {}, .port = 0, .unix_path = (folder_.path() / "socket").native()};
}

std::string server_fixture::url() const { return "redis://" + net::to_string(tcp()); }
std::string server_fixture::unix_url() const { return "unix://" + unix_socket().unix_path; }

std::string server_fixture::log() const
{
    std::ifstream file{folder_.path() / "log"};
    std::ostringstream all;
    all << file.rdbuf();
    return std::move(all).str();
}

std::vector<std::string> server_fixture::command_line() const
{
    auto const folder = folder_.path().native();
    std::vector<std::string> line{options_.program,
                                  "--bind",
                                  "127.0.0.1",
                                  "--port",
                                  std::to_string(port_),
                                  "--unixsocket",
                                  unix_socket().unix_path,
                                  "--dir",
                                  folder,
                                  "--logfile",
                                  folder + "/log",
                                  "--save",
                                  "",
                                  "--daemonize",
                                  "no"};
    if (!options_.knows_hello.value_or(servers_know_hello()))
        line.insert(line.end(), {"--rename-command", "HELLO", ""});
    if (options_.tls) {
        auto const& [own, ca_file, wants_client_certificate] = *options_.tls;
        line.insert(line.end(), {"--tls-port", std::to_string(tls_port_), "--tls-cert-file",
                                 own.certificate_file, "--tls-key-file", own.private_key_file,
                                 "--tls-ca-cert-file", ca_file, "--tls-auth-clients",
                                 wants_client_certificate ? "yes" : "no"});
    }
    line.insert(line.end(), options_.arguments.begin(), options_.arguments.end());
    return line;
}

// A port that was free may be taken a moment later by somebody else.
void server_fixture::start()
{
    constexpr int tries = 5;
    bool const may_move = port_ == 0;
    for (int i = 0; i < tries; ++i) {
        if (may_move) {
            port_ = free_port();
            tls_port_ = options_.tls ? free_port() : 0;
        }
        if (start_once())
            return;
    }
    auto const said = log();
    throw std::runtime_error{options_.program + " does not start: " +
                             said.substr(said.size() - std::min<std::size_t>(said.size(), 500))};
}

bool server_fixture::start_once()
{
    auto const program = find_program(options_.program);
    if (program.empty())
        throw std::runtime_error{options_.program + " is not installed"};
    auto line = command_line();
    std::vector<char*> arguments;
    for (auto& each : line)
        arguments.push_back(each.data());
    arguments.push_back(nullptr);
    auto const parent = ::getpid();
    pid_ = ::fork();
    if (pid_ == 0)
        become(program.c_str(), arguments.data(), parent);
    if (pid_ < 0)
        throw std::system_error{errno, std::generic_category(), "fork"};
    if (await_answer())
        return true;
    kill();
    return false;
}

// Any answer will do, an error too, but for one that says "later".
bool server_fixture::await_answer()
{
    auto const until = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < until) {
        try {
            auto const answer = connect().ask({"PING"});
            if (!answer.starts_with("-LOADING"))
                return true;
        } catch (std::exception const&) {
            // It does not listen yet.
        }
        if (ends_within(pid_, pause_between_tries))
            return false;
    }
    return false;
}

void server_fixture::kill(int signal)
{
    if (pid_ < 0)
        return;
    ::kill(pid_, signal);
    if (!ends_within(pid_, patience)) {
        ::kill(pid_, SIGKILL);
        await_change(std::exchange(pid_, -1), 0);
        throw std::runtime_error{options_.program + " did not end when it was asked to"};
    }
    await_change(std::exchange(pid_, -1), 0);
}

void server_fixture::pause()
{
    ::kill(pid_, SIGSTOP);
    await_change(pid_, WUNTRACED);
}

void server_fixture::resume()
{
    ::kill(pid_, SIGCONT);
    await_change(pid_, WCONTINUED);
}

void server_fixture::restart()
{
    kill();
    start();
}

}  // namespace redstart::testing
