// Requests: their bytes, their growth, and what survives a move.

#include "redstart/wire/request.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace redstart::wire::testing {
namespace {

std::string encoded(std::vector<std::string> const& arguments)
{
    auto bytes = "*" + std::to_string(arguments.size()) + "\r\n";
    for (auto const& one : arguments)
        bytes += "$" + std::to_string(one.size()) + "\r\n" + one + "\r\n";
    return bytes;
}

// A request of one name and arguments of the given sizes, and what it must hold.
struct sample {
    explicit sample(std::vector<std::size_t> const& sizes)
    {
        for (auto const size : sizes) {
            arguments.push_back(std::string(size, static_cast<char>('a' + arguments.size() % 26)));
            built.add(arguments.back());
        }
    }

    request built{"MSET"};
    std::vector<std::string> arguments{"MSET"};
};

static_assert(!std::is_copy_constructible_v<request> && !std::is_copy_assignable_v<request>);
static_assert(std::is_nothrow_move_constructible_v<request> &&
              std::is_nothrow_move_assignable_v<request>);

TEST(request, holds_its_name)
{
    EXPECT_EQ(request{"PING"}.bytes(), "*1\r\n$4\r\nPING\r\n");
    EXPECT_EQ(request{"PING"}.arguments(), 1u);
    EXPECT_EQ(request{"PING"}.argument(0), "PING");
}

TEST(request, makes_an_argument_of_each_word_of_its_name)
{
    request const two{"OBJECT ENCODING"};
    EXPECT_EQ(two.bytes(), encoded({"OBJECT", "ENCODING"}));
    EXPECT_EQ(two.arguments(), 2u);
    EXPECT_EQ(request{"A B C"}.bytes(), encoded({"A", "B", "C"}));
    EXPECT_EQ(request{"ZREVRANGEBYSCORE"}.bytes(), encoded({"ZREVRANGEBYSCORE"}));
    EXPECT_EQ(request::named("A B C").bytes(), encoded({"A", "B", "C"}));
    EXPECT_EQ(request::named("A B C").arguments(), 3u);
}

TEST(request, takes_text_and_bytes)
{
    request set{"SET"};
    set.add("key").add(std::string{"a\r\n\0b", 5}).add("");
    EXPECT_EQ(set.bytes(), encoded({"SET", "key", {"a\r\n\0b", 5}, ""}));
    EXPECT_EQ(set.argument(3), "");
    EXPECT_EQ(request{"GET"}.add(std::string_view{}).bytes(), encoded({"GET", ""}));
}

TEST(request, takes_integers_of_every_size)
{
    request all{"X"};
    all.add(0).add(-1).add(7u).add(short{-3}).add(8ull).add(-9ll).add(std::size_t{10});
    all.add(std::numeric_limits<std::int64_t>::min())
        .add(std::numeric_limits<std::uint64_t>::max());
    EXPECT_EQ(all.bytes(), encoded({"X", "0", "-1", "7", "-3", "8", "-9", "10",
                                    "-9223372036854775808", "18446744073709551615"}));
}

TEST(request, takes_doubles_in_their_shortest_form)
{
    constexpr auto infinity = std::numeric_limits<double>::infinity();
    request all{"X"};
    all.add(0.1).add(-2.5).add(1e300).add(5e-324).add(3.0).add(infinity).add(-infinity).add(
        -1.7976931348623157e308);
    EXPECT_EQ(all.bytes(), encoded({"X", "0.1", "-2.5", "1e+300", "5e-324", "3", "inf", "-inf",
                                    "-1.7976931348623157e+308"}));
}

TEST(request, doubles_read_back_the_same)
{
    for (double const one : {1.0 / 3, 12.345, 2.2250738585072014e-308, 9007199254740993.0, -0.0}) {
        request x{"X"};
        x.add(one);
        EXPECT_EQ(std::strtod(std::string{x.argument(1)}.c_str(), nullptr), one);
    }
}

TEST(request, is_right_at_every_size_around_the_inline_room)
{
    for (std::size_t size = 0; size < 400; ++size) {
        sample const one{{size}};
        EXPECT_EQ(one.built.bytes(), encoded(one.arguments)) << size;
        sample const two{{size / 2, size - size / 2}};
        EXPECT_EQ(two.built.bytes(), encoded(two.arguments)) << size;
    }
}

TEST(request, is_right_while_its_header_grows)
{
    request many{"MGET"};
    auto arguments = std::vector<std::string>{"MGET"};
    while (arguments.size() < 10'010) {
        arguments.push_back(std::to_string(arguments.size()));
        many.add(arguments.back());
        if (arguments.size() < 1'010 || arguments.size() > 9'990) {
            ASSERT_EQ(many.bytes(), encoded(arguments));
        }
    }
    EXPECT_EQ(many.arguments(), 10'010u);
    EXPECT_EQ(many.argument(9'999), "9999");
}

TEST(request, grows_by_doubling_and_by_what_is_needed)
{
    sample const doubling{{100, 200, 400, 800, 1600, 1, 1, 3200}};
    EXPECT_EQ(doubling.built.bytes(), encoded(doubling.arguments));
    sample const one_large{{3'000'000}};
    EXPECT_EQ(one_large.built.bytes(), encoded(one_large.arguments));
    sample const then_large{{150, 150, 1'000'000, 0, 10}};
    EXPECT_EQ(then_large.built.bytes(), encoded(then_large.arguments));
}

TEST(request, may_be_given_a_view_of_itself)
{
    for (std::size_t const size : {10u, 60u, 140u, 300u, 1000u}) {
        sample one{{size}};
        for (int i = 0; i < 6; ++i) {
            one.built.add(one.built.argument(1));
            one.arguments.push_back(one.arguments[1]);
            EXPECT_EQ(one.built.bytes(), encoded(one.arguments)) << size;
        }
    }
}

TEST(request, walks_to_each_argument)
{
    sample const one{{0, 1, 9, 10, 99, 100, 1000}};
    for (std::uint32_t i = 0; i < one.built.arguments(); ++i)
        EXPECT_EQ(one.built.argument(i), one.arguments[i]);
}

TEST(request, keeps_its_bytes_when_moved)
{
    for (std::size_t const size : {0u, 20u, 120u, 300u, 5000u}) {
        sample one{{size}};
        request const moved{std::move(one.built)};
        EXPECT_EQ(moved.bytes(), encoded(one.arguments));
        auto const* const begin = reinterpret_cast<char const*>(&moved);
        auto const* const text = moved.encoded().text.data();
        bool const inside = text >= begin && text < begin + sizeof moved;
        EXPECT_EQ(inside, size < 130) << "an inline request lives in the object it was moved to";
    }
}

TEST(request, can_be_assigned_from_any_state_to_any_state)
{
    constexpr auto sizes = std::to_array<std::size_t>({0, 100, 500, 5000});
    for (auto const from : sizes)
        for (auto const to : sizes) {
            sample source{{from}};
            sample target{{to, 3}};
            target.built = std::move(source.built);
            EXPECT_EQ(target.built.bytes(), encoded(source.arguments));
            target.built.add("more");
            source.arguments.push_back("more");
            EXPECT_EQ(target.built.bytes(), encoded(source.arguments));
            source.built = request{"PING"};
            EXPECT_EQ(source.built.bytes(), "*1\r\n$4\r\nPING\r\n");
        }
}

TEST(request, survives_being_assigned_to_itself)
{
    for (std::size_t const size : {10u, 1000u}) {
        sample one{{size}};
        auto& same = one.built;
        one.built = std::move(same);
        EXPECT_EQ(one.built.bytes(), encoded(one.arguments));
    }
}

TEST(request, goes_on_growing_after_a_move)
{
    sample one{{100}};
    request moved{std::move(one.built)};
    for (int i = 0; i < 20; ++i) {
        moved.add(i);
        one.arguments.push_back(std::to_string(i));
    }
    EXPECT_EQ(moved.bytes(), encoded(one.arguments));
}

TEST(request, forgets_the_arguments_of_a_long_command)
{
    sample one{{3, 100, 100}};
    one.built.forget_arguments();
    EXPECT_EQ(one.built.bytes(), encoded({one.arguments.front()}));
    one.built.add("more");
    EXPECT_EQ(one.built.bytes(), encoded({one.arguments.front(), "more"}));

    one.built.add(std::string(largest_in_text + 1, 'x')).forget_arguments();
    EXPECT_EQ(one.built.bytes(), encoded({one.arguments.front()}));
    EXPECT_TRUE(one.built.encoded().large.empty());

    auto long_name = request::named(std::string(300, 'N'));
    long_name.forget_arguments();
    EXPECT_EQ(long_name.bytes(), encoded({std::string(64, 'N')}));

    auto short_one = request::named("GET");
    short_one.add("key").forget_arguments();
    EXPECT_EQ(short_one.bytes(), encoded({"GET", "key"}));
}

TEST(request, takes_a_long_name)
{
    auto const word = std::string(300, 'N');
    EXPECT_EQ(request::named(word + " " + word).bytes(), encoded({word, word}));
}

// ---- large arguments ----------------------------------------------------------------------------

constexpr std::size_t large_size = largest_in_text + 1;

std::string pattern(std::size_t size, char first)
{
    std::string made(size, first);
    for (std::size_t i = 0; i < size; ++i)
        made[i] = static_cast<char>(first + static_cast<char>(i % 7));
    return made;
}

TEST(request, keeps_large_arguments_beside_its_text)
{
    sample const one{{largest_in_text, large_size, 3, large_size + 5}};
    auto const encoded = one.built.encoded();
    ASSERT_EQ(encoded.large.size(), 2u);
    EXPECT_EQ(encoded.large[0].bytes, one.arguments[2]);
    EXPECT_EQ(encoded.large[1].bytes, one.arguments[4]);
    EXPECT_LT(encoded.text.size(), largest_in_text + 100);
    EXPECT_EQ(encoded.size(), one.built.bytes().size());
}

TEST(request, copies_nothing_large_that_is_given_away)
{
    auto text = pattern(large_size, 'a');
    auto bytes = std::vector<std::byte>(large_size, std::byte{7});
    auto const* const text_at = text.data();
    auto const* const bytes_at = reinterpret_cast<char const*>(bytes.data());
    request one{"MSET"};
    one.add("k").add_owned(std::move(text)).add("l").add_owned(std::move(bytes));
    request const moved{std::move(one)};
    EXPECT_EQ(moved.argument(2).data(), text_at);
    EXPECT_EQ(moved.argument(4).data(), bytes_at);
    EXPECT_EQ(moved.argument(2), pattern(large_size, 'a'));
    EXPECT_EQ(moved.argument(4).size(), large_size);
}

TEST(request, copies_nothing_large_that_is_lent_to_it)
{
    auto const lent = pattern(large_size, 'a');
    request one{"SET"};
    one.add("k").add_borrowed(lent);
    EXPECT_EQ(one.argument(2).data(), lent.data());
    EXPECT_EQ(one.encoded().large[0].owner, nullptr);
    one.add_borrowed("short");
    EXPECT_EQ(one.argument(3), "short");
}

TEST(request, takes_over_small_arguments_by_copying_them)
{
    request one{"MSET"};
    one.add_owned(std::string{"k"}).add_owned(std::vector<std::byte>(2, std::byte{'v'}));
    EXPECT_EQ(one.bytes(), encoded({"MSET", "k", "vv"}));
    EXPECT_TRUE(one.encoded().large.empty());
}

TEST(request, is_right_with_large_arguments_anywhere_while_its_header_grows)
{
    for (std::uint32_t const every : {1u, 2u, 3u, 9u, 10u}) {
        request many{"MSET"};
        auto arguments = std::vector<std::string>{"MSET"};
        while (arguments.size() < 105) {
            auto const size = arguments.size() % every == 0 ? large_size : arguments.size() % 5;
            arguments.push_back(pattern(size, 'a'));
            many.add(arguments.back());
            ASSERT_EQ(many.bytes(), encoded(arguments)) << every;
        }
        for (std::uint32_t i = 0; i < many.arguments(); ++i)
            ASSERT_EQ(many.argument(i), arguments[i]) << every << ", " << i;
    }
}

TEST(request, takes_the_rest_of_another_and_shares_what_is_large)
{
    sample const from{{3, large_size, 0, large_size, 200}};
    for (std::uint32_t first = 1; first < from.built.arguments(); ++first) {
        request to{"EVAL"};
        to.add("text").add_rest_of(from.built, first);
        auto arguments = std::vector<std::string>{"EVAL", "text"};
        arguments.insert(arguments.end(), from.arguments.begin() + first, from.arguments.end());
        EXPECT_EQ(to.bytes(), encoded(arguments)) << first;
        if (!to.encoded().large.empty())
            EXPECT_EQ(to.encoded().large.back().bytes.data(),
                      from.built.encoded().large.back().bytes.data());
    }
    request whole{"EVAL"};
    EXPECT_EQ(whole.add_rest_of(from.built, from.built.arguments()).arguments(), 1u);
}

#ifndef NDEBUG
TEST(request_death, asserts_on_what_no_caller_may_do)
{
    EXPECT_DEATH(request::named(""), "a command has a name");
    EXPECT_DEATH(request::named("TWO  SPACES"), "single spaces");
    EXPECT_DEATH(request::named("TRAILING "), "single spaces");
    EXPECT_DEATH(request{"X"}.add(std::numeric_limits<double>::quiet_NaN()), "NaN");
    EXPECT_DEATH(static_cast<void>(request{"X"}.argument(1)), "index");
}
#endif

}  // namespace
}  // namespace redstart::wire::testing
