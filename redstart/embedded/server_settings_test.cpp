#include "redstart/embedded/server_settings.hpp"

#include "redstart/embedded/start_error.hpp"

#include <gtest/gtest.h>

namespace redstart::embedded {
namespace {

TEST(server_settings, quotes_what_the_server_unquotes)
{
    EXPECT_EQ(quoted_setting("/plain path"), R"("/plain path")");
    EXPECT_EQ(quoted_setting("a\"b\\c\nd\x7F"), R"("a\"b\\c\x0ad\x7f")");
    EXPECT_EQ(quoted_setting("/tmp/ü"), "\"/tmp/ü\"");
}

TEST(server_settings, no_port_only_a_private_socket_and_durable_data)
{
    auto const text = configuration_text({.data_dir = "/d",
                                          .socket = "/d/s",
                                          .log = "/d/l",
                                          .max_memory = 5,
                                          .extra = {"databases 1"}});
    for (auto const* const line :
         {"port 0\n", "\nunixsocket \"/d/s\"\n", "\nunixsocketperm 700\n", "\nappendonly yes\n",
          "\nappendfsync everysec\n", "\nmaxmemory 5\n", "\nmaxmemory-policy noeviction\n",
          "\ndir \"/d\"\n", "\nlogfile \"/d/l\"\n", "\ndaemonize no\n"})
        EXPECT_NE(text.find(line), std::string::npos) << line;
    EXPECT_TRUE(text.ends_with("\ndatabases 1\n"));
}

TEST(server_settings, an_extra_line_is_one_line)
{
    for (auto const* const line : {"a 1\nport 1", "a\r"}) {
        server_settings settings;
        settings.extra = {line};
        EXPECT_THROW(configuration_text(settings), start_error);
    }
}

TEST(server_settings, the_default_memory_is_a_part_of_what_there_is)
{
    constexpr std::uint64_t least = std::uint64_t{64} * 1024 * 1024;
    EXPECT_GE(default_max_memory(), least);
    EXPECT_LT(default_max_memory(), std::uint64_t{1} << 48);
}

}  // namespace
}  // namespace redstart::embedded
