// What we know of each command is what the server says of it, and no command of the server is forgotten.

#include "redstart/command/info.hpp"
#include "tests/integration/harness.hpp"
#include "tests/integration/untyped_commands.hpp"

#include <algorithm>
#include <set>

namespace redstart::integration {
namespace {

// Name, arity, flags, first key, last key, step; categories, tips, key specifications, subcommands.
using server_row = std::tuple<std::string, std::int64_t, std::vector<std::string>, std::int64_t,
                              std::int64_t, std::int64_t, ignored, ignored, ignored, ignored>;

// Where servers do not agree with each other, ours is what the newer one says.
struct difference {
    std::string_view program;
    std::string_view name;
};
constexpr auto differences = std::to_array<difference>({
    {"redis-server", "COMMAND GETKEYS"},
    {"redis-server", "COMMAND GETKEYSANDFLAGS"},
    {"redis-server", "WAIT"},
    {"redis-server", "ZRANK"},
    {"redis-server", "ZREVRANK"},
});

bool is_known_difference(std::string_view program, std::string_view name)
{
    return std::ranges::any_of(differences, [&](auto const& known) {
        return known.program == program && known.name == name;
    });
}

std::string flags_of(command_info const& info)
{
    std::string text = info.has(command_flag::write) ? "write" : "no write";
    return text + (info.has(command_flag::blocking) ? ", blocking" : "");
}

// As the server shows it, in one line. What it calls neither reading nor writing is for us to say.
std::string described(command_info const& ours)
{
    std::ostringstream text;
    text << int{ours.arity} << ", keys " << int{ours.first_key} << ' ' << int{ours.last_key} << ' '
         << int{ours.key_step} << ", " << flags_of(ours);
    return std::move(text).str();
}

std::string described(server_row const& theirs, command_info const& ours)
{
    auto const& [name, arity, flags, first_key, last_key, step, a, b, c, d] = theirs;
    auto const says = [&](std::string_view flag) { return std::ranges::count(flags, flag) > 0; };
    auto reads_or_writes = ours;
    if (says("write") || says("readonly"))
        reads_or_writes.flags =
            static_cast<std::uint8_t>(says("write") ? command_flag::write : command_flag::read);
    reads_or_writes.flags &=
        static_cast<std::uint8_t>(~static_cast<std::uint8_t>(command_flag::blocking));
    std::ostringstream text;
    text << arity << ", keys " << first_key << ' ' << last_key << ' ' << step << ", "
         << flags_of(reads_or_writes) << (says("blocking") ? ", blocking" : "");
    return std::move(text).str();
}

std::string name_at_server(std::string_view name)
{
    std::string text{name};
    std::ranges::replace(text, ' ', '|');
    return text;
}

class command_metadata : public contract {
protected:
    // Every command of the server with its subcommands, in capitals, a subcommand after a blank.
    std::vector<std::string> listed()
    {
        auto names = exec(raw<std::vector<std::string>>("COMMAND LIST"));
        for (auto& name : names)
            std::ranges::transform(name, name.begin(), [](unsigned char c) {
                return c == '|' ? ' ' : static_cast<char>(std::toupper(c));
            });
        return names;
    }
};
INSTANTIATE_TEST_SUITE_P(servers, command_metadata, ::testing::ValuesIn(every_setup()), setup_name);

TEST_P(command_metadata, is_what_the_server_says)
{
    std::vector<command_id> ids;
    command<std::vector<std::optional<server_row>>> question{command_id::command_info};
    for (auto number = 1; number < static_cast<int>(command_id::count_of_them); ++number) {
        ids.push_back(static_cast<command_id>(number));
        question.add(name_at_server(info_of(ids.back()).name));
    }
    auto const answers = exec(std::move(question));
    ASSERT_EQ(answers.size(), ids.size());
    for (std::size_t i = 0; i < ids.size(); ++i) {
        auto const& ours = info_of(ids[i]);
        auto const& theirs = answers[i];
        if (!theirs)
            continue;  // newer than this server
        bool const agrees = described(ours) == described(*theirs, ours);
        EXPECT_NE(agrees, is_known_difference(GetParam().program, ours.name))
            << ours.name << ": we say " << described(ours) << ", it says "
            << described(*theirs, ours);
    }
}

TEST_P(command_metadata, leaves_out_no_command_of_the_server)
{
    std::set<std::string_view> untyped;
    for (auto const& each : untyped_commands)
        untyped.insert(each.name);
    for (auto const& name : listed()) {
        auto const id = find_command(name);
        if (id == command_id::unknown || info_of(id).name != name)
            EXPECT_TRUE(untyped.contains(name)) << name;
    }
}

TEST(untyped_commands, stand_in_order_with_a_reason_and_are_commands)
{
    EXPECT_TRUE(std::ranges::is_sorted(untyped_commands, {}, &untyped_command::name));
    for (auto const& each : untyped_commands) {
        EXPECT_NE(each.reason, "") << each.name;
        EXPECT_TRUE(each.reason == container || each.reason == help ||
                    info_of(find_command(each.name)).name == each.name)
            << each.name;
    }
}

}  // namespace
}  // namespace redstart::integration
