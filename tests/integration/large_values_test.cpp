// Values from 4 KiB to the half gigabyte that is the most a server takes, there and back.

#include "tests/integration/harness.hpp"

#include <cstring>

namespace redstart::integration {
namespace {

constexpr key_of<std::vector<std::byte>> bytes_key{"bytes"};
script<std::string> const join_texts{"join_texts", "return ARGV[1] .. ARGV[2]"};

// No two places of it look the same to somebody who is off by a few bytes.
std::string pattern(std::size_t size)
{
    std::string made(size, '\0');
    for (std::size_t i = 0; i < size; ++i)
        made[i] = static_cast<char>(i * 2'654'435'761u >> 13);
    return made;
}

class large_values : public contract {};
INSTANTIATE_TEST_SUITE_P(servers, large_values, ::testing::ValuesIn(every_setup()), setup_name);

TEST_P(large_values, go_there_and_back)
{
    for (std::size_t const size : {4'096u, 4'097u, 65'536u, 65'537u, 140'000u, 3'000'000u}) {
        auto const value = pattern(size);
        EXPECT_TRUE(exec(set("kept", value)));
        EXPECT_TRUE(exec(get("kept")) == value) << size;
        EXPECT_TRUE(exec(set("given", std::string{value})));
        EXPECT_TRUE(exec(get("given")) == value) << size;
        EXPECT_TRUE(exec(set("lent", borrowed{value})));
        EXPECT_TRUE(exec(get("lent")) == value) << size;
        auto const* const begin = reinterpret_cast<std::byte const*>(value.data());
        std::vector<std::byte> bytes(begin, begin + size);
        EXPECT_TRUE(exec(set(bytes_key, bytes)));
        EXPECT_TRUE(exec(get(bytes_key)) == bytes) << size;
        EXPECT_TRUE(exec(set(bytes_key, std::move(bytes))));
        EXPECT_TRUE(exec(get(bytes_key))->size() == size);
    }
}

TEST_P(large_values, go_beside_small_ones)
{
    auto const value = pattern(700'000);
    with.run([&]() -> task<> {
        auto const [small, large, again, all, last] = co_await db.exec(
            set("small", "s"), set("large", value), set("again", value),
            mget(std::vector<std::string>{"large", "none", "small", "again"}), get("small"));
        EXPECT_TRUE(small && large && again);
        EXPECT_EQ(all.size(), 4u);
        EXPECT_TRUE(all[0] == value && all[3] == value);
        EXPECT_EQ(all[1], std::nullopt);
        EXPECT_EQ(all[2], "s");
        EXPECT_TRUE(last == "s");
    });
}

TEST_P(large_values, of_many_callers_do_not_mix)
{
    with.run([&]() -> task<> {
        std::vector<task<>> all;
        for (int i = 0; i < 20; ++i)
            all.push_back([](client& through, int caller) -> task<> {
                auto const name = "k" + std::to_string(caller);
                auto const value = pattern(static_cast<std::size_t>(caller) * 20'000) + name;
                co_await through.exec(set(name, value));
                EXPECT_TRUE(co_await through.exec(get(name)) == value) << name;
            }(db, i));
        co_await when_all(std::move(all));
    });
}

// The second sending of a script that the server did not know is made of the first.
TEST_P(large_values, are_arguments_of_scripts)
{
    auto const value = pattern(300'000);
    EXPECT_TRUE(exec(join_texts(keys("k"), value, "end")) == value + "end");
    EXPECT_TRUE(exec(join_texts(keys("k"), "begin", borrowed{value})) == "begin" + value);
}

TEST_P(large_values, are_read_as_replies_of_any_shape)
{
    auto const value = pattern(200'000);
    exec(raw<std::int64_t>("HSET", "h", "field", value, "other", "small"));
    auto const all = exec(raw<std::vector<std::pair<std::string, std::string>>>("HGETALL", "h"));
    std::map<std::string, std::string> const sorted{all.begin(), all.end()};
    EXPECT_EQ(sorted.size(), 2u);
    EXPECT_TRUE(sorted.at("field") == value);
    EXPECT_TRUE(sorted.at("other") == "small");
}

// The most that a server takes. Once: it takes seconds.
TEST(the_largest_value, goes_there_and_back)
{
    constexpr std::size_t size = 512 * 1024 * 1024;
    setup const how{"valkey-server", true, testing::servers_know_hello()};
    server_fixture server{options_for(how)};
    auto options = options_to(server, how);
    options.command_timeout = {};  // however long a slow machine takes
    connected with{options};
    auto const piece = pattern(1024 * 1024);
    std::string value;
    value.reserve(size);
    while (value.size() < size)
        value += piece;
    EXPECT_TRUE(with.exec(set("k", std::move(value))));
    auto const came = with.exec(get("k")).value();
    ASSERT_EQ(came.size(), size);
    for (std::size_t at = 0; at < size; at += piece.size())
        ASSERT_EQ(std::memcmp(came.data() + at, piece.data(), piece.size()), 0) << at;
    EXPECT_EQ(with.exec(ping()), "PONG");
}

}  // namespace
}  // namespace redstart::integration
