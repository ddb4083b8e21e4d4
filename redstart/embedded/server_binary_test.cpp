#include "redstart/embedded/server_binary.hpp"

#include "redstart/embedded/scratch_test.hpp"
#include "redstart/embedded/start_error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace redstart::embedded {
namespace {

using testing::HasSubstr;

void make_program(std::filesystem::path const& path)
{
    std::ofstream{path} << "#!/bin/sh\n";
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
}

std::string binary_error(std::string_view wanted)
{
    try {
        return "found " + find_server_binary(wanted);
    } catch (start_error const& error) {
        return error.what();
    }
}

TEST(server_binary, valkey_comes_before_redis_in_every_folder)
{
    scratch_directory const first;
    scratch_directory const second;
    environment_value const unnamed{"REDSTART_VALKEY", std::nullopt};
    environment_value const path{"PATH", first.path().native() + ":" + second.path().native()};
    EXPECT_EQ(binary_error(""),
              "neither valkey-server nor redis-server is in the PATH: install one, name it in "
              "REDSTART_VALKEY, or give the URL of a server that runs");
    make_program(first / "redis-server");
    EXPECT_EQ(find_server_binary(""), first / "redis-server");
    make_program(second / "valkey-server");
    EXPECT_EQ(find_server_binary(""), second / "valkey-server");
}

TEST(server_binary, the_configuration_comes_before_the_environment)
{
    scratch_directory const folder;
    make_program(folder / "mine");
    make_program(folder / "theirs");
    environment_value const named{"REDSTART_VALKEY", folder / "theirs"};
    environment_value const path{"PATH", folder.path()};
    EXPECT_EQ(find_server_binary(""), folder / "theirs");
    EXPECT_EQ(find_server_binary("mine"), folder / "mine");
    EXPECT_EQ(find_server_binary((folder / "mine").native()), folder / "mine");
}

TEST(server_binary, a_named_one_is_never_replaced)
{
    scratch_directory const folder;
    make_program(folder / "valkey-server");
    std::ofstream{folder / "no-program"} << "text";
    environment_value const path{"PATH", folder.path()};
    environment_value const named{"REDSTART_VALKEY", "/nowhere/valkey"};
    EXPECT_EQ(
        binary_error(""),
        "no program \"/nowhere/valkey\" can be run, which REDSTART_VALKEY names as the server");
    EXPECT_THAT(binary_error("other"), HasSubstr("\"other\""));
    EXPECT_THAT(binary_error("no-program"), HasSubstr("which the configuration names"));
    EXPECT_THAT(binary_error("/tmp"), HasSubstr("can be run"));
}

}  // namespace
}  // namespace redstart::embedded
