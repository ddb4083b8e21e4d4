#include "redstart/testing/server_fixture.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>

namespace redstart::testing {
namespace {

class every_server : public ::testing::TestWithParam<char const*> {
protected:
    server_fixture server{{.program = GetParam(), .arguments = {}}};
};

TEST_P(every_server, answers_on_both_addresses)
{
    EXPECT_EQ(plain_peer{server.tcp()}.ask({"PING"}), "+PONG");
    EXPECT_EQ(plain_peer{server.unix_socket()}.ask({"PING"}), "+PONG");
    EXPECT_EQ(server.url(), "redis://127.0.0.1:" + std::to_string(server.tcp().port));
    EXPECT_EQ(server.unix_url(), "unix://" + server.unix_socket().unix_path);
}

TEST_P(every_server, is_the_program_that_was_asked_for)
{
    auto const info = server.connect().ask({"INFO", "server"});
    bool const is_valkey = info.find("server_name:valkey") != std::string::npos;
    EXPECT_EQ(is_valkey, std::string_view{GetParam()} == "valkey-server");
}

TEST_P(every_server, comes_back_at_the_same_addresses)
{
    auto const before = server.tcp();
    auto old = server.connect();
    EXPECT_EQ(old.ask({"PING"}), "+PONG");
    server.restart();
    EXPECT_EQ(server.tcp(), before);
    EXPECT_EQ(server.connect().ask({"PING"}), "+PONG");
    EXPECT_EQ(old.receive_rest(), "") << "the old process is gone";
}

TEST_P(every_server, keeps_silent_while_it_is_paused)
{
    auto peer = server.connect();
    server.pause();
    peer.send("PING\r\n");
    EXPECT_FALSE(readable_within(peer.number(), std::chrono::milliseconds{20}));
    server.resume();
    EXPECT_EQ(peer.receive_line(), "+PONG");
}

TEST_P(every_server, is_gone_after_kill)
{
    auto const pid = server.pid();
    server.kill();
    EXPECT_EQ(::kill(pid, 0), -1);
    EXPECT_THROW(server.connect(), std::exception);
}

// "valkey" and "redis".
std::string short_name(::testing::TestParamInfo<char const*> const& program)
{
    return std::string{program.param, ::strcspn(program.param, "-")};
}

INSTANTIATE_TEST_SUITE_P(servers, every_server, ::testing::Values("valkey-server", "redis-server"),
                         short_name);

TEST(server_fixture, takes_arguments)
{
    server_fixture server{{.arguments = {"--requirepass", "secret"}}};
    auto peer = server.connect();
    EXPECT_TRUE(peer.ask({"GET", "x"}).starts_with("-NOAUTH"));
    EXPECT_EQ(peer.ask({"AUTH", "secret"}), "+OK");
}

// Says so for as long as it lives, and restores what was said before.
class environment_says {
public:
    explicit environment_says(char const* servers)
    {
        if (auto const* const said = std::getenv(name))
            before_ = said;
        ::setenv(name, servers, 1);
    }
    environment_says(environment_says const&) = delete;
    environment_says& operator=(environment_says const&) = delete;
    ~environment_says()
    {
        if (before_)
            ::setenv(name, before_->c_str(), 1);
        else
            ::unsetenv(name);
    }

private:
    static constexpr auto name = "REDSTART_TEST_SERVERS";
    std::optional<std::string> before_;
};

bool knows_hello(server_fixture const& server)
{
    return !server.connect().ask({"HELLO", "3"}).starts_with("-ERR unknown command");
}

TEST_P(every_server, knows_hello_unless_the_test_or_the_environment_says_otherwise)
{
    EXPECT_FALSE(knows_hello(server_fixture{{.program = GetParam(), .knows_hello = false}}));
    environment_says const nothing{""};
    EXPECT_TRUE(knows_hello(server_fixture{{.program = GetParam()}}));
    environment_says const without{"without_hello"};
    EXPECT_FALSE(knows_hello(server_fixture{{.program = GetParam()}}));
    EXPECT_TRUE(knows_hello(server_fixture{{.program = GetParam(), .knows_hello = true}}));
    environment_says const nonsense{"with_hallo"};
    EXPECT_THROW(server_fixture{{.program = GetParam()}}, std::runtime_error)
        << "a slip of the pen must not leave a run without its meaning";
}

TEST(server_fixture, keeps_its_data_over_a_restart_when_asked_to)
{
    server_fixture server{{.arguments = {"--appendonly", "yes", "--appendfsync", "always"}}};
    EXPECT_EQ(server.connect().ask({"SET", "key", "value"}), "+OK");
    server.restart();
    EXPECT_EQ(server.connect().ask({"GET", "key"}), "value");
}

TEST(server_fixture, leaves_no_folder_behind)
{
    std::filesystem::path folder;
    {
        server_fixture server;
        folder = std::filesystem::path{server.unix_socket().unix_path}.parent_path();
        EXPECT_TRUE(exists(folder));
    }
    EXPECT_FALSE(exists(folder));
}

TEST(server_fixture, says_why_a_server_does_not_start)
{
    try {
        server_fixture server{{.arguments = {"--maxmemory", "nonsense"}}};
        FAIL() << "it started";
    } catch (std::runtime_error const& why) {
        EXPECT_NE(std::string{why.what()}.find("valkey-server does not start"), std::string::npos);
    }
}

TEST(server_fixture, knows_what_is_installed)
{
    EXPECT_TRUE(server_fixture::is_installed("sh"));
    EXPECT_FALSE(server_fixture::is_installed("no-such-server"));
    EXPECT_THROW(server_fixture{{.program = "no-such-server"}}, std::runtime_error);
}

// A process that starts a server, tells its pid and dies without a chance to clean up.
[[noreturn]] void start_and_die(std::string const& folder, int tell)
{
    ::setenv("TMPDIR", folder.c_str(), 1);
    server_fixture const server;
    auto const pid = server.pid();
    auto const written = ::write(tell, &pid, sizeof pid);
    ::kill(::getpid(), SIGKILL);
    ::_exit(written == sizeof pid ? 0 : 1);
}

TEST(server_fixture, ends_with_the_process_of_the_test)
{
    temporary_folder const left_behind;
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    auto const child = ::fork();
    if (child == 0)
        start_and_die(left_behind.path(), ends[1]);
    pid_t server = 0;
    ASSERT_EQ(::read(ends[0], &server, sizeof server), static_cast<ssize_t>(sizeof server));
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status));
    descriptor const handle{static_cast<int>(::syscall(SYS_pidfd_open, server, 0))};
    EXPECT_TRUE(!handle || readable_within(handle.get(), patience));
    ::close(ends[0]);
    ::close(ends[1]);
}

}  // namespace
}  // namespace redstart::testing
