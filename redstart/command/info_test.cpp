#include "redstart/command/info.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace redstart::command_test {
namespace {

template <class Visit>
void for_each_command(Visit visit)
{
    for (auto number = 1; number < static_cast<int>(command_id::count_of_them); ++number)
        visit(static_cast<command_id>(number));
}

TEST(what_is_known_of_commands, is_found_by_name_in_any_case)
{
    for_each_command([](command_id id) {
        auto const& known = info_of(id);
        ASSERT_NE(known.name, "") << "the table is shorter than the list of ids";
        EXPECT_EQ(find_command(known.name), id) << known.name;
        std::string small{known.name};
        std::ranges::transform(small, small.begin(), [](char c) {
            return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        });
        EXPECT_EQ(find_command(small), id);
    });
}

TEST(what_is_known_of_commands, stands_in_the_order_of_the_ids)
{
    EXPECT_EQ(info_of(command_id::get).name, "GET");
    EXPECT_EQ(info_of(command_id::client_no_evict).name, "CLIENT NO-EVICT");
    EXPECT_EQ(info_of(command_id::evalsha_ro).name, "EVALSHA_RO");
    EXPECT_EQ(info_of(command_id::script_load).name, "SCRIPT LOAD");
    EXPECT_EQ(info_of(command_id::zscore).name, "ZSCORE");
    EXPECT_EQ(info_of(command_id::unknown).name, "");
}

TEST(what_is_known_of_commands, is_sent_as_it_is_named)
{
    for_each_command([](command_id id) {
        auto const name = std::string{info_of(id).name};
        std::string bytes;
        std::uint32_t words = 0;
        for (std::size_t begin = 0; begin < name.size(); ++words) {
            auto const word = name.substr(begin, name.find(' ', begin) - begin);
            bytes += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
            begin += word.size() + 1;
        }
        EXPECT_EQ(encoded_name_of(id).bytes(), bytes);
        EXPECT_EQ(encoded_name_of(id).words(), words);
    });
}

TEST(what_is_known_of_commands, does_not_contradict_itself)
{
    for_each_command([](command_id id) {
        auto const& known = info_of(id);
        bool const reads = known.has(command_flag::read);
        bool const writes = known.has(command_flag::write);
        bool const is_state = known.has(command_flag::connection_state);
        EXPECT_EQ(reads + writes + is_state, 1) << known.name;
        EXPECT_FALSE(known.has(command_flag::idempotent) && is_state) << known.name;
        EXPECT_FALSE(known.has(command_flag::idempotent) && known.has(command_flag::blocking) &&
                     writes)
            << known.name;
        EXPECT_NE(known.arity, 0) << known.name;
    });
}

TEST(what_is_known_of_commands, is_the_worst_of_unknown_ones)
{
    EXPECT_EQ(find_command("NO.SUCH"), command_id::unknown);
    EXPECT_EQ(find_command(""), command_id::unknown);
    EXPECT_EQ(find_command("NO SUCH"), command_id::unknown);
    EXPECT_EQ(find_command("GETS"), command_id::unknown);
    EXPECT_EQ(find_command("GE"), command_id::unknown);
    auto const& unknown = info_of(command_id::unknown);
    EXPECT_TRUE(unknown.has(command_flag::write));
    EXPECT_FALSE(unknown.has(command_flag::idempotent));
}

TEST(what_is_known_of_commands, holds_for_subcommands_that_are_not_listed)
{
    EXPECT_EQ(find_command("CLIENT NEW"), command_id::client);
    EXPECT_EQ(find_command("client no-such"), command_id::client);
    EXPECT_EQ(find_command("SCRIPT NEW"), command_id::unknown) << "SCRIPT alone is not listed";
}

}  // namespace
}  // namespace redstart::command_test
