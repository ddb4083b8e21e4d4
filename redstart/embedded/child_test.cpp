#include "redstart/embedded/child.hpp"

#include "redstart/embedded/start_error.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>

namespace redstart::embedded {
namespace {

using std::chrono::seconds;

// Enough for any machine; no test waits that long unless it fails.
constexpr seconds plenty{60};

struct pipe_ends {
    descriptor out;
    descriptor in;
};

pipe_ends make_pipe()
{
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    return {.out = descriptor{ends[0]}, .in = descriptor{ends[1]}};
}

// What a shell prints that runs `script` with the given descriptor kept.
std::string output_of(std::string const& script, int kept = -1)
{
    auto output = make_pipe();
    descriptor const nothing{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
    auto shell = child::start({.binary = "/bin/sh",
                               .arguments = {"-c", script},
                               .input = nothing.get(),
                               .output = output.in.get(),
                               .kept = kept,
                               .parent = ::getpid()});
    output.in = descriptor{};
    std::string text;
    std::array<char, 256> room{};
    for (auto size = ::read(output.out.get(), room.data(), room.size()); size > 0;
         size = ::read(output.out.get(), room.data(), room.size()))
        text.append(room.data(), static_cast<std::size_t>(size));
    EXPECT_EQ(shell.wait(plenty), "exited with status 0") << text;
    return text;
}

std::optional<std::string> end_of_shell(std::string const& script, pid_t parent = ::getpid())
{
    descriptor const nothing{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    auto shell = child::start({.binary = "/bin/sh",
                               .arguments = {"-c", script},
                               .input = nothing.get(),
                               .output = nothing.get(),
                               .parent = parent});
    return shell.wait(plenty);
}

TEST(child, tells_how_it_ended)
{
    EXPECT_EQ(end_of_shell("exit 3"), "exited with status 3");
    EXPECT_EQ(end_of_shell("kill -9 $$"), "was killed by signal 9");
}

TEST(child, ends_at_once_if_its_parent_is_gone)
{
    constexpr pid_t somebody_else = 1 << 29;
    EXPECT_EQ(end_of_shell("exit 0", somebody_else),
              "exited with status " + std::to_string(status_orphaned));
}

TEST(child, a_binary_that_cannot_be_run)
{
    descriptor const nothing{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    auto lost = child::start({.binary = "/nowhere/server",
                              .arguments = {},
                              .input = nothing.get(),
                              .output = nothing.get(),
                              .parent = ::getpid()});
    EXPECT_EQ(lost.wait(plenty), "exited with status " + std::to_string(status_not_run));
}

TEST(child, runs_in_a_process_group_of_its_own)
{
    EXPECT_EQ(output_of("set -- $(cut -d ' ' -f 1,5 /proc/self/stat); test -n \"$2\" && "
                        "test $(cut -d ' ' -f 5 /proc/$$/stat) = $$ && echo own"),
              "own\n");
}

TEST(child, hears_signals_that_its_parent_blocks_or_ignores)
{
    sigset_t blocked;
    sigset_t before;
    ::sigemptyset(&blocked);
    ::sigaddset(&blocked, SIGTERM);
    ::sigprocmask(SIG_BLOCK, &blocked, &before);
    auto* const handler = ::signal(SIGINT, SIG_IGN);
    auto const held = output_of("sed -n 's/^SigBlk:.//p' /proc/self/status");
    auto const ignored = output_of("sed -n 's/^SigIgn:.//p' /proc/self/status");
    ::signal(SIGINT, handler);
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    EXPECT_EQ(held, "0000000000000000\n");
    // Signals 32 and 33 are the C library's own: it lets nobody change them, whatever was inherited.
    constexpr std::uint64_t reserved = std::uint64_t{3} << 31;
    EXPECT_EQ(std::stoull(ignored, nullptr, 16) & ~reserved, 0u) << ignored;
}

TEST(child, inherits_no_file_but_the_kept_one)
{
    descriptor const kept{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
    descriptor const leaking{::open("/dev/null", O_RDONLY)};  // NOLINT: without O_CLOEXEC
    auto const has = [](int file) {
        return "test -e /proc/$$/fd/" + std::to_string(file) + " && echo open || echo closed";
    };
    EXPECT_EQ(output_of(has(kept.get()), kept.get()), "open\n");
    EXPECT_EQ(output_of(has(leaking.get()), kept.get()), "closed\n");
}

TEST(child, wait_gives_up_and_signal_ends_it)
{
    auto const gate = make_pipe();
    auto reader = child::start({.binary = "/bin/cat",
                                .arguments = {},
                                .input = gate.out.get(),
                                .output = gate.in.get(),
                                .parent = ::getpid()});
    EXPECT_EQ(reader.check(), std::nullopt);
    EXPECT_EQ(reader.wait(std::chrono::milliseconds{1}), std::nullopt);
    reader.signal(SIGTERM);
    EXPECT_EQ(reader.wait(plenty), "was killed by signal 15");
    EXPECT_EQ(reader.check(), "was killed by signal 15");
    reader.signal(SIGTERM);  // nobody: the number may belong to somebody else by now
}

}  // namespace
}  // namespace redstart::embedded
