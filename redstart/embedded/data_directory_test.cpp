#include "redstart/embedded/data_directory.hpp"

#include "redstart/embedded/scratch_test.hpp"
#include "redstart/embedded/start_error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fstream>

namespace redstart::embedded {
namespace {

using std::chrono::seconds;
using testing::EndsWith;
using testing::HasSubstr;

std::string opening_error(std::filesystem::path const& path, seconds patience = seconds{0})
{
    try {
        return "opened " + data_directory::open(path, patience).path().native();
    } catch (start_error const& error) {
        return error.what();
    }
}

TEST(data_directory, is_made_for_its_owner_alone)
{
    scratch_directory const scratch;
    auto const data = data_directory::open(scratch / "a/b/", seconds{0});
    EXPECT_EQ(data.path(), scratch / "a/b");
    struct stat found{};
    ASSERT_EQ(::stat(data.path().c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777U, 0700U);
    ASSERT_EQ(::stat((data.path() / "redstart.lock").c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777U, 0600U);
}

TEST(data_directory, a_second_owner_is_told_who_has_it)
{
    scratch_directory const scratch;
    {
        auto const first = data_directory::open(scratch / "data", seconds{0});
        EXPECT_EQ(opening_error(scratch / "data", seconds{60}),
                  "data directory " + (scratch / "data").native() + ": is in use by process " +
                      std::to_string(::getpid()));
    }
    EXPECT_THAT(opening_error(scratch / "data"), HasSubstr("opened"));
}

TEST(data_directory, the_lock_lives_as_long_as_anybody_who_inherited_it)
{
    scratch_directory const scratch;
    auto first = std::optional{data_directory::open(scratch / "data", seconds{0})};
    descriptor const inherited{::dup(first->lock())};
    first.reset();
    EXPECT_THAT(opening_error(scratch / "data"), HasSubstr("is in use"));
}

// A process that has ended, and whose number nobody has yet.
pid_t ended_process()
{
    auto const pid = ::fork();
    if (pid == 0)
        ::_exit(0);
    EXPECT_EQ(::waitpid(pid, nullptr, 0), pid);
    return pid;
}

TEST(data_directory, waits_for_the_server_of_a_process_that_has_ended)
{
    scratch_directory const scratch;
    auto first = std::optional{data_directory::open(scratch / "data", seconds{0})};
    std::ofstream{scratch / "data/redstart.lock"} << ended_process() << '\n';
    EXPECT_THAT(opening_error(scratch / "data"),
                EndsWith("is in use by the server of a process that has ended"));

    // Its server, which ends when it reads the end of the pipe.
    int gate[2];
    ASSERT_EQ(::pipe(gate), 0);
    auto const server = ::fork();
    if (server == 0) {
        char byte = 0;
        ::close(gate[1]);
        ::_exit(::read(gate[0], &byte, 1) == 0 ? 0 : 1);
    }
    first.reset();
    ::close(gate[0]);
    EXPECT_THAT(opening_error(scratch / "data"), HasSubstr("is in use"));
    ::close(gate[1]);
    EXPECT_THAT(opening_error(scratch / "data", seconds{60}), HasSubstr("opened"));
    EXPECT_EQ(::waitpid(server, nullptr, 0), server);
}

TEST(data_directory, refuses_what_is_no_private_directory)
{
    scratch_directory const scratch;
    std::ofstream{scratch / "file"} << "text";
    EXPECT_THAT(opening_error(scratch / "file"), EndsWith("/file: is not a directory"));
    EXPECT_THAT(opening_error(scratch / "file/below"),
                HasSubstr("cannot be made: Not a directory"));
    std::filesystem::create_directory(scratch / "open");
    for (mode_t const mode : {01777U, 0702U, 0720U, 0770U}) {
        ASSERT_EQ(::chmod((scratch / "open").c_str(), mode), 0);
        EXPECT_THAT(opening_error(scratch / "open"), HasSubstr("others may write to it"));
    }
    ASSERT_EQ(::chmod((scratch / "open").c_str(), 0755), 0);
    EXPECT_THAT(opening_error(scratch / "open"), HasSubstr("opened")) << "to be read is no harm";
}

TEST(data_directory, refuses_another_users_directory_to_root_as_well)
{
    constexpr uid_t somebody_else = 65534;
    scratch_directory const scratch;
    // Only root can give a directory away; for all others root's own is somebody else's.
    auto const path = ::geteuid() == 0 ? scratch / "theirs" : std::filesystem::path{"/usr"};
    if (::geteuid() == 0) {
        std::filesystem::create_directory(path);
        ASSERT_EQ(::chown(path.c_str(), somebody_else, somebody_else), 0);
    }
    EXPECT_THAT(opening_error(path), HasSubstr(": belongs to user "));
    EXPECT_FALSE(std::filesystem::exists(path / "redstart.lock"));
}

TEST(data_directory, a_lock_file_that_is_a_link_is_refused)
{
    scratch_directory const scratch;
    std::filesystem::create_directory(scratch / "data");
    std::filesystem::create_symlink("/etc/hostname", scratch / "data/redstart.lock");
    EXPECT_THAT(opening_error(scratch / "data"), HasSubstr("cannot be locked"));
}

TEST(data_directory, the_default_follows_the_environment)
{
    environment_value const home{"HOME", "/home/ada"};
    {
        environment_value const state{"XDG_STATE_HOME", "/state"};
        EXPECT_EQ(default_data_directory(), "/state/redstart");
    }
    environment_value const relative{"XDG_STATE_HOME", "relative"};
    EXPECT_EQ(default_data_directory(), "/home/ada/.local/state/redstart");
    environment_value const homeless{"HOME", std::nullopt};
    EXPECT_THROW(default_data_directory(), start_error);
}

}  // namespace
}  // namespace redstart::embedded
