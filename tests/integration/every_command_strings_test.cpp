#include "redstart/command/strings.hpp"
#include "tests/integration/every_command.hpp"

namespace redstart::integration {
namespace {

void run_values(command_runner& run)
{
    using when = set_options::when;
    EXPECT_TRUE(run.exec(set("k", "one")));
    EXPECT_EQ(run.exec(set_and_get("k", "two")), "one");
    EXPECT_EQ(run.exec(set_and_get("k", "three", {.condition = when::if_present})), "two");
    EXPECT_EQ(run.exec(set_and_get("new", "x")), std::nullopt);
    EXPECT_EQ(run.exec(get("k")), "three");
    server_time const end =
        std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()) + 1h;
    EXPECT_TRUE(run.exec(set("k", "four", {.expires_at = end})));
    EXPECT_EQ(run.exec(expire_time("k")).at, end);
    EXPECT_EQ(run.exec(getex("k", {.persist = true})), "four");
    EXPECT_EQ(run.exec(ttl("k")).left, std::nullopt);
    EXPECT_EQ(run.exec(getex("k", {.ttl = 2h})), "four");
    EXPECT_GT(run.exec(ttl("k")).left, 1h);
    EXPECT_EQ(run.exec(getex("k", {.expires_at = end})), "four");
    EXPECT_EQ(run.exec(getex("k", {})), "four");
    EXPECT_EQ(run.exec(expire_time("k")).at, end);
    EXPECT_EQ(run.exec(getex("none", {.ttl = 2h})), std::nullopt);
    EXPECT_EQ(run.exec(getdel("k")), "four");

    run.exec(mset(std::pair{"a", 1}, std::pair{"b", "text"}));
    EXPECT_FALSE(run.exec(msetnx(std::pair{"b", 1}, std::pair{"c", 1})));
    EXPECT_TRUE(run.exec(msetnx(std::map<std::string, int>{{"c", 1}})));
    EXPECT_EQ(run.exec(mget("a", "none", "b")),
              (std::vector<std::optional<std::string>>{"1", std::nullopt, "text"}));
}

void run_numbers(command_runner& run)
{
    constexpr key_of<std::int64_t> number{"number"};
    constexpr key_of<double> real{"real"};
    EXPECT_EQ(run.exec(incr(number)), 1);
    EXPECT_EQ(run.exec(incrby(number, 9)), 10);
    EXPECT_EQ(run.exec(decr(number)), 9);
    EXPECT_EQ(run.exec(decrby(number, 4)), 5);
    EXPECT_EQ(run.exec(incrbyfloat(real, 0.5)), 0.5);
    EXPECT_EQ(run.exec(incrbyfloat(real, -1.25)), -0.75);
    EXPECT_EQ(run.exec(get(real)), -0.75);
}

void run_pieces(command_runner& run)
{
    EXPECT_EQ(run.exec(append("text", "hello")), 5);
    EXPECT_EQ(run.exec(setrange("text", 7, "you")), 10);
    EXPECT_EQ(run.exec(getrange("text", 1, -1)), std::string("ello\0\0you", 9));
    EXPECT_EQ(run.exec(getrange("none", 0, -1)), "");
    EXPECT_EQ(run.exec(strlen("text")), 10);

    run.exec(mset(std::pair{"x", "ohmytext"}, std::pair{"y", "mynewtext"}));
    EXPECT_EQ(run.exec(lcs("x", "y")), "mytext");
    EXPECT_EQ(run.exec(lcs_length("x", "y")), 6);
    EXPECT_EQ(run.exec(lcs_matches("x", "y")),
              (shared_text{.pieces = {{{4, 7}, {5, 8}, 4}, {{2, 3}, {0, 1}, 2}}, .length = 6}));
    EXPECT_EQ(run.exec(lcs_matches("x", "y", 3)),
              (shared_text{.pieces = {{{4, 7}, {5, 8}, 4}}, .length = 6}));
    EXPECT_EQ(run.exec(lcs_matches("x", "none")), shared_text{});
}

}  // namespace

void run_string_commands(command_runner& run)
{
    run_values(run);
    run_numbers(run);
    run_pieces(run);
}

}  // namespace redstart::integration
