// On real servers: each test starts its own, in a directory of its own.

#include "redstart/embedded/server.hpp"

#include "redstart/embedded/child.hpp"
#include "redstart/embedded/scratch_test.hpp"
#include "redstart/embedded/server_probe.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <thread>

namespace redstart::embedded {
namespace {

using std::chrono::seconds;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

constexpr int plenty_ms = 60'000;

std::string asked(server const& running, std::string_view line)
{
    auto probe = server_probe::connect(running.socket_path());
    return probe ? probe->ask(line).value_or("no answer") : "no connection";
}

std::string starting_error(options const& wanted)
{
    try {
        return "started " + server::start(wanted).version();
    } catch (start_error const& error) {
        return error.what();
    }
}

bool is_readable(int file)
{
    pollfd watched{.fd = file, .events = POLLIN, .revents = 0};
    return ::poll(&watched, 1, plenty_ms) == 1;
}

class each_server : public testing::TestWithParam<char const*> {
protected:
    options in(std::filesystem::path const& path) const
    {
        return {.binary = GetParam(), .data_dir = path};
    }

    scratch_directory scratch_;
};

TEST_P(each_server, starts_answers_and_stops)
{
    auto running = server::start(in(scratch_ / "data"));
    EXPECT_EQ(asked(running, "PING"), "+PONG");
    EXPECT_THAT(running.version(), testing::AnyOf(StartsWith("Valkey "), StartsWith("Redis ")));
    EXPECT_EQ(running.data_dir(), scratch_ / "data");
    EXPECT_EQ(running.check(), std::nullopt);
    EXPECT_EQ(::getpgid(running.pid()), running.pid());
    EXPECT_TRUE(running.stop());
    EXPECT_EQ(::kill(running.pid(), 0), -1);  // reaped as well: no zombie
    EXPECT_EQ(asked(running, "PING"), "no connection");
    EXPECT_TRUE(running.stop());
}

TEST_P(each_server, is_private_and_keeps_its_data)
{
    auto const running = server::start(in(scratch_ / "data"));
    EXPECT_THAT(asked(running, "CONFIG GET port"), StartsWith("*2"));
    auto const info = asked(running, "INFO");
    EXPECT_THAT(info, HasSubstr("tcp_port:0\r\n"));
    EXPECT_THAT(info, HasSubstr("aof_enabled:1\r\n"));
    EXPECT_THAT(info, HasSubstr("maxmemory_policy:noeviction\r\n"));
    EXPECT_THAT(info, testing::Not(HasSubstr("maxmemory:0\r\n")));
    struct stat found{};
    ASSERT_EQ(::stat(running.socket_path().c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777U, 0700U);
    ASSERT_EQ(::stat(running.log_path().c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777U, 0600U);
}

TEST_P(each_server, data_survives_a_stop)
{
    {
        auto running = server::start(in(scratch_ / "data"));
        for (int i = 0; i < 100; ++i)
            ASSERT_EQ(asked(running, "SET key" + std::to_string(i) + " value"), "+OK");
        EXPECT_TRUE(running.stop());
    }
    auto const again = server::start(in(scratch_ / "data"));
    EXPECT_EQ(asked(again, "DBSIZE"), ":100");
    EXPECT_EQ(asked(again, "GET key99"), "value");
}

TEST_P(each_server, a_long_data_directory_gets_a_short_socket)
{
    auto const data = scratch_ / std::string(120, 'x') / "with blanks \"and quotes\"";
    std::filesystem::path socket;
    {
        auto running = server::start(in(data));
        socket = running.socket_path();
        EXPECT_LT(socket.native().size(), 108U);
        EXPECT_EQ(asked(running, "SET a 1"), "+OK");
        EXPECT_EQ(std::filesystem::read_symlink(data / "socket-directory"), socket.parent_path());
        struct stat found{};
        ASSERT_EQ(::stat(socket.parent_path().c_str(), &found), 0);
        EXPECT_EQ(found.st_mode & 0777U, 0700U);
        EXPECT_TRUE(running.stop());
    }
    EXPECT_FALSE(std::filesystem::exists(socket.parent_path()));
    EXPECT_FALSE(std::filesystem::is_symlink(data / "socket-directory"));
    EXPECT_TRUE(std::filesystem::exists(data / "appendonlydir"));
}

INSTANTIATE_TEST_SUITE_P(embedded, each_server, testing::Values("valkey-server", "redis-server"),
                         [](auto const& test) { return *test.param == 'v' ? "valkey" : "redis"; });

TEST(server, a_second_instance_is_refused_in_one_line)
{
    scratch_directory const scratch;
    auto const first = server::start({.data_dir = scratch / "data"});
    EXPECT_EQ(starting_error({.data_dir = scratch / "data"}),
              "data directory " + (scratch / "data").native() + ": is in use by process " +
                  std::to_string(::getpid()));
    EXPECT_EQ(asked(first, "PING"), "+PONG");
}

TEST(server, a_child_that_was_killed_is_noticed)
{
    scratch_directory const scratch;
    auto running = server::start({.data_dir = scratch / "data"});
    ::kill(running.pid(), SIGKILL);
    ASSERT_TRUE(is_readable(running.exit_descriptor()));
    EXPECT_THAT(running.check().value_or("runs"),
                HasSubstr("valkey-server was killed by signal 9: "));
    EXPECT_FALSE(running.stop());
}

TEST(server, one_that_does_not_end_is_killed_at_the_deadline)
{
    scratch_directory const scratch;
    auto running = server::start({.data_dir = scratch / "data"});
    ::kill(running.pid(), SIGSTOP);
    EXPECT_FALSE(running.stop(std::chrono::milliseconds{50}));
    EXPECT_EQ(::kill(running.pid(), 0), -1);
}

// Starts a server, reports its number, and waits to be killed. Nothing may leave it: it runs in a
// copy of the test program.
[[noreturn]] void hold_server(options const& wanted, int report) noexcept
{
    auto const running = server::start(wanted);
    auto const pid = asked(running, "SET kept yes") == "+OK" ? running.pid() : 0;
    [[maybe_unused]] auto const written = ::write(report, &pid, sizeof(pid));
    while (true)
        ::pause();
}

// Starts a server in a process of its own, kills that with -9, and gives a descriptor of the
// server.
descriptor server_of_killed_parent(options const& wanted)
{
    int report[2];
    EXPECT_EQ(::pipe2(report, O_CLOEXEC), 0);
    auto const parent = ::fork();
    if (parent == 0)
        hold_server(wanted, report[1]);
    ::close(report[1]);
    pid_t pid = 0;
    EXPECT_EQ(::read(report[0], &pid, sizeof(pid)), static_cast<ssize_t>(sizeof(pid)));
    ::close(report[0]);
    auto server_process = process_descriptor(pid);
    EXPECT_TRUE(server_process);
    ::kill(parent, SIGKILL);
    EXPECT_EQ(::waitpid(parent, nullptr, 0), parent);
    return server_process;
}

TEST(server, ends_with_a_parent_that_is_killed_and_loses_nothing)
{
    scratch_directory const scratch;
    options const wanted{.data_dir = scratch / "data"};
    auto const orphan = server_of_killed_parent(wanted);
    // At once: the new server waits until the old one has let go of the data.
    auto const next = server::start(wanted);
    EXPECT_TRUE(is_readable(orphan.get()));
    EXPECT_EQ(asked(next, "GET kept"), "yes");
}

TEST(server, removes_the_short_directory_that_a_killed_parent_left)
{
    scratch_directory const scratch;
    auto const data = scratch / std::string(120, 'x');
    auto const orphan = server_of_killed_parent({.data_dir = data});
    auto const left = std::filesystem::read_symlink(data / "socket-directory");
    EXPECT_TRUE(std::filesystem::exists(left));
    auto const next = server::start({.data_dir = data});
    EXPECT_NE(next.socket_path().parent_path(), left);
    EXPECT_FALSE(std::filesystem::exists(left));
}

TEST(server, one_that_is_not_stopped_ends_all_the_same)
{
    scratch_directory const scratch;
    descriptor process;
    {
        auto const running = server::start({.data_dir = scratch / "data"});
        process = process_descriptor(running.pid());
        ASSERT_TRUE(process);
    }
    EXPECT_TRUE(is_readable(process.get()));
    EXPECT_GT(::waitpid(-1, nullptr, 0), 0);
}

TEST(server, a_wrong_setting_is_the_servers_own_word)
{
    scratch_directory const scratch;
    auto const error =
        starting_error({.data_dir = scratch / "data", .extra = {"maxmemory-policy sometimes"}});
    EXPECT_THAT(error, HasSubstr("valkey-server exited with status 1: argument(s) must be one of"));
    EXPECT_THAT(error, EndsWith(" (log: " + (scratch / "data/valkey.log").native() + ")"));
    EXPECT_EQ(error.find('\n'), std::string::npos);
}

TEST(server, broken_data_is_the_servers_own_word)
{
    scratch_directory const scratch;
    std::filesystem::create_directories(scratch / "data/appendonlydir");
    std::ofstream{scratch / "data/appendonlydir/appendonly.aof.manifest"} << "nonsense\n";
    auto const error = starting_error({.data_dir = scratch / "data"});
    EXPECT_THAT(error, HasSubstr("valkey-server exited with status 1: "));
    EXPECT_EQ(error.find('\n'), std::string::npos);
}

TEST(server, one_that_asks_for_a_password_is_refused_at_once)
{
    scratch_directory const scratch;
    EXPECT_THAT(starting_error({.data_dir = scratch / "data", .extra = {"requirepass secret"}}),
                HasSubstr("valkey-server answered PING with \"-NOAUTH"));
    EXPECT_THAT(starting_error({.data_dir = scratch / "data"}), StartsWith("started Valkey"));
}

void make_script(std::filesystem::path const& path, std::string_view body)
{
    std::ofstream{path} << "#!/bin/sh\n" << body << '\n';
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
}

TEST(server, programs_that_are_no_server)
{
    scratch_directory const scratch;
    auto const start = [&](std::string const& body) {
        make_script(scratch / "server", body);
        return starting_error({.binary = scratch / "server",
                               .data_dir = scratch / "data",
                               .start_within = std::chrono::milliseconds{200}});
    };
    EXPECT_THAT(start("echo first; echo 'no luck'; exit 3"),
                HasSubstr("/server exited with status 3: no luck (log: "));
    EXPECT_THAT(start("exit 3"), HasSubstr("/server exited with status 3 (log: "));
    EXPECT_THAT(start("exec sleep 1000"),
                HasSubstr("/server was not ready at the deadline (log: "));
    std::ofstream{scratch / "server"} << "#!/nowhere/interpreter\n";
    EXPECT_THAT(starting_error({.binary = scratch / "server", .data_dir = scratch / "data"}),
                EndsWith("/server cannot be run"));
    EXPECT_THAT(starting_error({.binary = "/nowhere/valkey", .data_dir = scratch / "data"}),
                HasSubstr("no program \"/nowhere/valkey\""));
}

TEST(server, is_started_from_the_main_thread_only)
{
    scratch_directory const scratch;
    std::string error;
    std::thread{[&] { error = starting_error({.data_dir = scratch / "data"}); }}.join();
    EXPECT_THAT(error, HasSubstr("must be started from the main thread"));
}

TEST(server, settings_do_not_appear_in_the_list_of_processes)
{
    scratch_directory const scratch;
    auto const running =
        server::start({.data_dir = scratch / "data", .extra = {"set-proc-title no"}});
    std::ifstream file{"/proc/" + std::to_string(running.pid()) + "/cmdline"};
    std::string const line{std::istreambuf_iterator<char>{file}, {}};
    EXPECT_THAT(line, EndsWith(std::string{"\0-\0", 3}));
}

TEST(server, a_large_log_is_moved_aside)
{
    scratch_directory const scratch;
    std::filesystem::create_directory(scratch / "data");
    std::ofstream{scratch / "data/valkey.log"} << "old";
    std::filesystem::resize_file(scratch / "data/valkey.log", std::uintmax_t{9} * 1024 * 1024);
    auto const running = server::start({.data_dir = scratch / "data"});
    EXPECT_TRUE(std::filesystem::exists(scratch / "data/valkey.log.1"));
    EXPECT_LT(std::filesystem::file_size(running.log_path()), 1024U * 1024U);
}

}  // namespace
}  // namespace redstart::embedded
