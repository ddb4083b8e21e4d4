#include "redstart/codec/json.hpp"

#include "redstart/base/failure.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>

namespace redstart::codec {
namespace {

enum class colour : std::uint8_t { red, green = 200 };
BOOST_DESCRIBE_ENUM(colour, red, green)

struct score_post {
    std::string player_id;
    double score = 0;
};
BOOST_DESCRIBE_STRUCT(score_post, (), (player_id, score))

struct base_part {
    int version = 0;
    bool operator==(base_part const&) const = default;
};
BOOST_DESCRIBE_STRUCT(base_part, (), (version))

struct everything : base_part {
    bool flag = false;
    std::int8_t tiny = 0;
    std::uint8_t byte = 0;
    std::int64_t large = 0;
    std::uint64_t huge = 0;
    float single = 0;
    double real = 0;
    std::string text;
    colour hue{};
    std::optional<int> maybe;
    std::vector<std::string> names{"default"};
    std::array<int, 3> triple{};
    std::map<std::string, std::vector<int>> groups{{"default", {1}}};
    std::optional<base_part> nested;
    bool operator==(everything const&) const = default;
};
BOOST_DESCRIBE_STRUCT(everything, (base_part),
                      (flag, tiny, byte, large, huge, single, real, text, hue, maybe, names, triple,
                       groups, nested))

struct tree {
    int value = 0;
    std::vector<tree> children;
    bool operator==(tree const&) const = default;
};
BOOST_DESCRIBE_STRUCT(tree, (), (value, children))

struct nothing {
    bool operator==(nothing const&) const = default;
};
BOOST_DESCRIBE_STRUCT(nothing, (), ())

struct foreign_type {};

static_assert(json_type<everything> && json_type<std::vector<std::map<std::string, tree>>>);
static_assert(!json_type<foreign_type> && !json_type<char> && !json_type<int const*> &&
              !json_type<long double>);
static_assert(!json_type<std::string_view> && !json_type<std::map<int, int>>);

template <class T>
std::string problem_in(std::string_view text, json_limits const& limits = {})
{
    auto const value = from_json<T>(text, limits);
    if (value)
        return "no error";
    EXPECT_LE(value.error().offset, text.size());
    return value.error().path + " | " + value.error().reason;
}

std::string const full_text =
    R"({"version":1,"flag":true,"tiny":-128,"byte":255,"large":-9223372036854775808,)"
    R"("huge":18446744073709551615,"single":0.1,"real":-2.5e-300,"text":"\"\u0000 ü",)"
    R"("hue":"green","maybe":7,"names":["a",""],"triple":[1,2,3],"groups":{"":[],"x":[1]},)"
    R"("nested":{"version":2}})";

TEST(json_read, every_kind_of_member)
{
    auto const value = from_json<everything>(full_text);
    ASSERT_TRUE(value) << to_string(value.error());
    EXPECT_EQ(value->version, 1);
    EXPECT_TRUE(value->flag);
    EXPECT_EQ(value->tiny, -128);
    EXPECT_EQ(value->byte, 255);
    EXPECT_EQ(value->large, std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(value->huge, std::numeric_limits<std::uint64_t>::max());
    EXPECT_EQ(value->single, 0.1F);
    EXPECT_EQ(value->real, -2.5e-300);
    EXPECT_EQ(value->text, (std::string{"\"\0 ü", 5}));
    EXPECT_EQ(value->hue, colour::green);
    EXPECT_EQ(value->maybe, 7);
    EXPECT_EQ(value->names, (std::vector<std::string>{"a", ""}));
    EXPECT_EQ(value->triple, (std::array{1, 2, 3}));
    EXPECT_EQ(value->groups, (std::map<std::string, std::vector<int>>{{"", {}}, {"x", {1}}}));
    EXPECT_EQ(value->nested.value().version, 2);
}

TEST(json_read, values_that_are_no_structs)
{
    EXPECT_EQ(from_json<int>(" 5\n"), 5);
    EXPECT_EQ(from_json<std::string>(R"("a")"), "a");
    EXPECT_EQ(from_json<std::vector<int>>("[]"), std::vector<int>{});
    EXPECT_EQ(from_json<std::optional<int>>("null").value(), std::nullopt);
    EXPECT_EQ(from_json<std::vector<std::optional<int>>>("[1,null]").value(),
              (std::vector<std::optional<int>>{1, std::nullopt}));
    EXPECT_EQ((from_json<std::array<int, 0>>("[]")), (std::array<int, 0>{}));
    EXPECT_EQ(from_json<nothing>(R"({"any":[1,{"a":2}],"b":3})"), nothing{});
}

TEST(json_read, members_in_any_order_and_unknown_ones_between)
{
    auto const value = from_json<score_post>(
        R"({"x":{"score":[{}]},"score":2,"y":null,"player_id":"p","z":[[]]})");
    ASSERT_TRUE(value) << to_string(value.error());
    EXPECT_EQ(value->score, 2);
    EXPECT_EQ(value->player_id, "p");
}

TEST(json_read, names_and_strings_with_escapes)
{
    auto const value =
        from_json<score_post>(R"({"\u0070layer_id":"\ud83d\ude00\/\t","sc\u006Fre":1})");
    ASSERT_TRUE(value) << to_string(value.error());
    EXPECT_EQ(value->player_id, "\U0001F600/\t");
}

TEST(json_read, whole_numbers_in_other_forms)
{
    EXPECT_EQ(from_json<int>("5.0"), 5);
    EXPECT_EQ(from_json<int>("5e3"), 5000);
    EXPECT_EQ(from_json<int>("-0"), 0);
    EXPECT_EQ(from_json<unsigned>("-0"), 0U);
    EXPECT_EQ(from_json<unsigned>("-0.0"), 0U);
    EXPECT_EQ(from_json<std::int64_t>("9.007199254740992e15"), 9007199254740992);
    EXPECT_EQ(problem_in<std::int64_t>("9.007199254740994e15"),
              " | the number is not between -9223372036854775808 and 9223372036854775807");
}

TEST(json_read, integers_keep_all_digits)
{
    EXPECT_EQ(from_json<std::int64_t>("9007199254740993"), 9007199254740993);
    EXPECT_EQ(from_json<std::int64_t>("-9007199254740993"), -9007199254740993);
    EXPECT_EQ(from_json<std::uint64_t>("18446744073709551615"), 18446744073709551615U);
}

TEST(json_read, reals_are_exact_and_small_ones_become_zero)
{
    EXPECT_EQ(from_json<double>("0.1"), 0.1);
    EXPECT_EQ(from_json<double>("2.2250738585072011e-308"), 2.2250738585072011e-308);
    EXPECT_EQ(from_json<double>("9007199254740993"), 9007199254740992.0);
    EXPECT_EQ(from_json<double>("1e-400"), 0.0);
    EXPECT_TRUE(std::signbit(from_json<double>("-0").value()));
    EXPECT_EQ(from_json<double>("123456789012345678901234567890"),
              123456789012345678901234567890.0);
}

struct wrong_input {
    char const* text;
    char const* problem;
};

TEST(json_read, tells_what_is_wrong_in_a_post)
{
    constexpr wrong_input cases[] = {
        {R"({"player_id":"p","score":"12"})", "/score | expected a number, found a string"},
        {R"({"player_id":"p","score":null})", "/score | expected a number, found null"},
        {R"({"player_id":"p","score":true})", "/score | expected a number, found a boolean"},
        {R"({"player_id":"p","score":[1]})", "/score | expected a number, found an array"},
        {R"({"player_id":"p","score":{}})", "/score | expected a number, found an object"},
        {R"({"player_id":"p","score":1e999})", "/score | the number is out of range"},
        {R"({"player_id":7,"score":1})", "/player_id | expected a string, found a number"},
        {R"({"player_id":"p"})", "/score | required, but missing"},
        {R"({"score":1})", "/player_id | required, but missing"},
        {R"({})", "/player_id | required, but missing"},
        {R"({"player_id":"p","score":1,"score":2})", "/score | given twice"},
        {R"({"player_id":"p","score":1,"player_id":"p"})", "/player_id | given twice"},
        {R"([])", " | expected an object, found an array"},
        {R"("x")", " | expected an object, found a string"},
        {R"(null)", " | expected an object, found null"},
        {R"()", " | not valid JSON: it ends too early"},
        {R"({"player_id":"p","score":1)", " | not valid JSON: it ends too early"},
        {R"({"player_id":"p","score":NaN})", " | not valid JSON"},
        {R"({"player_id":"p","score":Infinity})", " | not valid JSON"},
        {R"({"player_id":"p","score":01})", " | not valid JSON"},
        {R"({"player_id":"p","score":+1})", " | not valid JSON"},
        {R"({"player_id":"p","score":1,})", " | not valid JSON"},
        {R"({player_id:"p","score":1})", " | not valid JSON"},
        {R"({"player_id":"p","score":1} x)", " | more text follows the value"},
        {R"({"player_id":"p","score":1}{})", " | more text follows the value"},
        {"{\"player_id\":\"p\xFF\",\"score\":1}", " | not valid UTF-8"},
        {"{\"player_id\":\"\xC0\xAF\",\"score\":1}", " | not valid UTF-8"},
        {"{\"player_id\":\"\xED\xA0\x80\",\"score\":1}", " | not valid UTF-8"},
        {"{\"player_id\":\"\\ud800\",\"score\":1}", " | not valid JSON"},
        {"{\"player_id\":\"a\nb\",\"score\":1}", " | not valid JSON"},
        {"\xEF\xBB\xBF{}", " | not valid JSON"},
    };
    for (auto const& [text, problem] : cases)
        EXPECT_EQ(problem_in<score_post>(text), problem) << text;
}

std::string with(std::string_view member, std::string_view value)
{
    auto text = full_text;
    auto const name = '"' + std::string{member} + "\":";
    auto const begin = text.find(name) + name.size();
    auto const end = text.find(",\"", begin);
    return text.replace(begin, std::min(end, text.size() - 1) - begin, value);
}

TEST(json_read, tells_what_is_wrong_in_each_kind_of_member)
{
    struct wrong_member {
        char const* member;
        char const* value;
        char const* problem;
    };
    constexpr wrong_member cases[] = {
        {"version", "1.5", "/version | expected an integer, found a number with a fraction"},
        {"version", "2147483648",
         "/version | the number is not between -2147483648 and 2147483647"},
        {"flag", "1", "/flag | expected a boolean, found a number"},
        {"tiny", "128", "/tiny | the number is not between -128 and 127"},
        {"tiny", "-129", "/tiny | the number is not between -128 and 127"},
        {"tiny", "1e2000", "/tiny | the number is not between -128 and 127"},
        {"byte", "256", "/byte | the number is not between 0 and 255"},
        {"byte", "-1", "/byte | the number is not between 0 and 255"},
        {"byte", "-1.0", "/byte | the number is not between 0 and 255"},
        {"byte", "256.0", "/byte | the number is not between 0 and 255"},
        {"byte", "\"1\"", "/byte | expected an integer, found a string"},
        {"large", "9223372036854775808",
         "/large | the number is not between -9223372036854775808 and 9223372036854775807"},
        {"huge", "18446744073709551616",
         "/huge | the number is not between 0 and 18446744073709551615"},
        {"single", "1e39", "/single | the number is out of range"},
        {"text", "[]", "/text | expected a string, found an array"},
        {"hue", "\"blue\"", "/hue | expected one of the strings red, green, found another one"},
        {"hue", "200", "/hue | expected one of the strings red, green, found a number"},
        {"maybe", "\"x\"", "/maybe | expected an integer, found a string"},
        {"names", "[\"a\",1]", "/names/1 | expected a string, found a number"},
        {"names", "{}", "/names | expected an array, found an object"},
        {"triple", "[1,2]", "/triple | expected an array of 3, found only 2"},
        {"triple", "[1,2,3,4]", "/triple | expected an array of 3, found more"},
        {"triple", "[1,{},3]", "/triple/1 | expected an integer, found an object"},
        {"groups", "{\"a/b~\":[1,\"\"]}", "/groups/a~1b~0/1 | expected an integer, found a string"},
        {"groups", "{\"k\":[],\"k\":[]}", "/groups/k | given twice"},
        {"groups", "[]", "/groups | expected an object, found an array"},
        {"nested", "{}", "/nested/version | required, but missing"},
    };
    for (auto const& [member, value, problem] : cases)
        EXPECT_EQ(problem_in<everything>(with(member, value)), problem) << member << ' ' << value;
}

TEST(json_read, an_error_knows_how_far_the_text_was_read)
{
    auto const wrong_type = from_json<std::vector<int>>("[1, true, 3]");
    ASSERT_FALSE(wrong_type);
    EXPECT_EQ(wrong_type.error().offset, 4U);
    EXPECT_EQ(to_string(wrong_type.error()), "/1: expected an integer, found a boolean");
    auto const no_json = from_json<std::vector<int>>("[1, tree]");
    ASSERT_FALSE(no_json);
    EXPECT_EQ(to_string(no_json.error()), "not valid JSON (at byte 4)");
}

TEST(json_read, unknown_members_can_be_refused)
{
    json_limits const strict{.unknown_members = false};
    EXPECT_EQ(problem_in<score_post>(R"({"player_id":"p","score":1,"level/2":3})", strict),
              "/level~12 | not known here");
    EXPECT_EQ(problem_in<score_post>(R"({"player_id":"p","score":1})", strict), "no error");
}

TEST(json_read, depth_and_bytes_are_limited)
{
    auto const nested = [](std::size_t depth) {
        return std::string(depth, '[') + std::string(depth, ']');
    };
    EXPECT_EQ(problem_in<raw_json>(nested(32)), "no error");
    EXPECT_EQ(problem_in<raw_json>(nested(33)), " | nested more than 32 deep");
    EXPECT_EQ(problem_in<raw_json>(nested(3), {.depth = 2}), " | nested more than 2 deep");
    EXPECT_EQ(problem_in<nothing>(R"({"unknown":)" + nested(32) + "}"),
              " | nested more than 32 deep");
    EXPECT_EQ(problem_in<raw_json>(std::string(1'000'000, '[')), " | nested more than 32 deep");
    EXPECT_EQ(problem_in<raw_json>(nested(1000), {.depth = 1000}), "no error");
    EXPECT_EQ(problem_in<raw_json>("[1,2]", {.bytes = 4}), " | longer than 4 bytes");
    EXPECT_EQ(problem_in<raw_json>("[1,2]", {.bytes = 5}), "no error");
}

TEST(json_read, a_type_may_contain_itself)
{
    auto const value = from_json<tree>(
        R"({"value":1,"children":[{"value":2,"children":[]},{"value":3,"children":[]}]})");
    ASSERT_TRUE(value) << to_string(value.error());
    EXPECT_EQ(value->children.at(1).value, 3);
    EXPECT_EQ(problem_in<tree>(R"({"value":1,"children":[{"value":2,"children":[]},{"value":3}]})"),
              "/children/1/children | required, but missing");
}

TEST(json_write, every_kind_of_member)
{
    EXPECT_EQ(to_json(from_json<everything>(full_text).value()), full_text);
}

TEST(json_write, empty_optionals)
{
    EXPECT_EQ(to_json(std::optional<int>{}), "null");
    EXPECT_EQ(to_json(std::vector<std::optional<int>>{1, std::nullopt}), "[1,null]");
    EXPECT_EQ(to_json(std::map<std::string, std::optional<int>>{{"a", std::nullopt}}),
              R"({"a":null})");
    auto const text = to_json(everything{});
    EXPECT_EQ(text.find("maybe"), std::string::npos);
    EXPECT_EQ(text.find("nested"), std::string::npos);
    EXPECT_EQ(to_json(nothing{}), "{}");
}

TEST(json_write, strings_are_escaped)
{
    EXPECT_EQ(to_json(std::string{"\"\\\b\f\n\r\t\x1F\x7F/"}),
              "\"\\\"\\\\\\b\\f\\n\\r\\t\\u001f\x7F/\"");
    EXPECT_EQ(to_json(std::map<std::string, int>{{"a\"b", 1}}), R"({"a\"b":1})");
}

TEST(json_write, nested_dictionaries)
{
    std::map<std::string, std::map<std::string, std::vector<int>>> const value{
        {"a", {{"x", {1}}, {"y", {}}}}, {"b", {}}, {"c", {{"z", {2, 3}}}}};
    EXPECT_EQ(to_json(value), R"({"a":{"x":[1],"y":[]},"b":{},"c":{"z":[2,3]}})");
    EXPECT_EQ(
        (from_json<std::map<std::string, std::map<std::string, std::vector<int>>>>(to_json(value))),
        value);
}

template <class T>
std::string refusal_of(T const& value)
{
    std::string out = "kept";
    try {
        append_json(value, out);
    } catch (failure const& refused) {
        EXPECT_EQ(refused.code(), failure_code::invalid_argument);
        EXPECT_EQ(out, "kept");
        return refused.reason();
    }
    return "no failure";
}

TEST(json_write, refuses_what_json_cannot_hold)
{
    EXPECT_EQ(refusal_of(std::nan("")), "JSON cannot hold this value: the number is not finite");
    EXPECT_EQ(refusal_of(std::vector<float>{1, INFINITY}),
              "JSON cannot hold this value: /1: the number is not finite");
    EXPECT_EQ(refusal_of(score_post{.player_id = "a\xFF", .score = 1}),
              "JSON cannot hold this value: /player_id: the text is not UTF-8");
    EXPECT_EQ(refusal_of(std::map<std::string, score_post>{
                  {"secret", {.player_id = "a", .score = -INFINITY}}}),
              "JSON cannot hold this value: /*/score: the number is not finite");
    EXPECT_EQ(refusal_of(std::map<std::string, int>{{"\x80", 1}}),
              "JSON cannot hold this value: /*: the text is not UTF-8");
    EXPECT_EQ(refusal_of(static_cast<colour>(3)),
              "JSON cannot hold this value: the enumerator has no name");
    EXPECT_EQ(refusal_of(1.0), "no failure");
}

TEST(json_write, depth_is_bounded)
{
    tree root;
    auto* last = &root;
    for (int i = 0; i < 1000; ++i)
        last = &last->children.emplace_back();
    EXPECT_EQ(refusal_of(root), "JSON cannot hold this value: it is nested too deep");
}

}  // namespace
}  // namespace redstart::codec
