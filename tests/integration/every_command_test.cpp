#include "tests/integration/every_command.hpp"

#include "tests/integration/untyped_commands.hpp"

#include <array>

namespace redstart::integration {
namespace {

constexpr auto families = std::to_array<void (*)(command_runner&)>({
    run_key_commands,        run_string_commands,       run_hash_commands,
    run_list_commands,       run_set_commands,          run_sorted_set_commands,
    run_stream_commands,     run_bitmap_commands,       run_hyperloglog_commands,
    run_geo_commands,        run_script_commands,       run_function_commands,
    run_server_commands,     run_connection_commands,   run_acl_commands,
    run_diagnostic_commands, run_command_list_commands, run_pubsub_commands,
    run_cluster_commands,
});

class every_command : public contract {
protected:
    bool is_known_here(std::string_view name)
    {
        std::string asked{name};
        std::ranges::replace(asked, ' ', '|');
        auto const found =
            with.exec(raw<std::vector<std::optional<ignored>>>("COMMAND INFO", asked));
        return found.at(0).has_value();
    }
};
INSTANTIATE_TEST_SUITE_P(servers, every_command, ::testing::ValuesIn(every_setup()), setup_name);

bool is_untyped(std::string_view name)
{
    return std::ranges::count(untyped_commands, name, &untyped_command::name) > 0;
}

TEST_P(every_command, is_typed_and_runs_unless_there_is_a_reason)
{
    auto const how = GetParam();
    command_runner run{with, server, how};
    for (auto const family : families) {
        server.connect().ask({"FLUSHALL"});
        family(run);
    }
    std::string not_run;
    for (auto number = 1; number < static_cast<int>(command_id::count_of_them); ++number) {
        auto const id = static_cast<command_id>(number);
        auto const name = info_of(id).name;
        if (run.has_run(id))
            EXPECT_FALSE(is_untyped(name)) << name;
        else if (!is_untyped(name) && is_known_here(name))
            not_run.append(name).append(", ");
    }
    EXPECT_EQ(not_run, "");
}

}  // namespace
}  // namespace redstart::integration
