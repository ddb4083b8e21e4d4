// Random values read back as they were; random texts, made by damaging good ones, are read or
// refused, never worse. Boost's own tree of values says what the texts mean.

#include "redstart/codec/compact_json.hpp"
#include "redstart/codec/json.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <random>

namespace redstart::codec {
namespace {

enum class planet { venus, earth, mars };
BOOST_DESCRIBE_ENUM(planet, venus, earth, mars)

struct crew_member {
    std::string name;
    std::optional<double> age;
    planet home{};
    std::vector<crew_member> friends;
    bool operator==(crew_member const&) const = default;
};
BOOST_DESCRIBE_STRUCT(crew_member, (), (name, age, home, friends))

struct mission {
    std::int64_t id = 0;
    std::uint64_t mask = 0;
    std::int16_t step = 0;
    bool manned = false;
    float thrust = 0;
    std::map<std::string, crew_member> crew;
    std::array<double, 2> position{};
    std::optional<std::vector<std::string>> notes;
    bool operator==(mission const&) const = default;
};
BOOST_DESCRIBE_STRUCT(mission, (), (id, mask, step, manned, thrust, crew, position, notes))

class mission_source {
public:
    explicit mission_source(std::uint64_t seed) : random_{seed} {}

    std::size_t below(std::size_t bound) { return random_() % bound; }

    mission next()
    {
        mission made{.id = static_cast<std::int64_t>(random_()) >> below(64),
                     .mask = random_() >> below(64),
                     .step = static_cast<std::int16_t>(random_()),
                     .manned = below(2) == 0,
                     .thrust = finite<float, std::uint32_t>(),
                     .crew = {},
                     .position = {finite<double, std::uint64_t>(), finite<double, std::uint64_t>()},
                     .notes = {}};
        for (auto count = below(4); count > 0; --count)
            made.crew.emplace(text(), person(below(4)));
        if (below(2) == 0)
            for (auto& note = made.notes.emplace(below(4)); auto& line : note)
                line = text();
        return made;
    }

private:
    std::string text()
    {
        static constexpr std::string_view parts[] = {
            "a", "\"", "\\", "\n", "\x01", "/", "~", "é", "€", "\U0001F600", "{", "0", "\x7F"};
        std::string made;
        for (auto count = below(12); count > 0; --count)
            made += parts[below(std::size(parts))];
        if (below(8) == 0)
            made += '\0';
        return made;
    }

    template <class Real, class Bits>
    Real finite()
    {
        auto const value = std::bit_cast<Real>(static_cast<Bits>(random_()));
        return std::isfinite(value) ? value : Real{0.5};
    }

    crew_member person(std::size_t depth)
    {
        crew_member made{
            .name = text(), .age = {}, .home = static_cast<planet>(below(3)), .friends = {}};
        if (below(2) == 0)
            made.age = finite<double, std::uint64_t>();
        for (auto count = depth == 0 ? 0 : below(3); count > 0; --count)
            made.friends.push_back(person(depth - 1));
        return made;
    }

    std::mt19937_64 random_;
};

// Cuts, doubles, swaps or replaces a few bytes.
std::string damaged(std::string text, mission_source& random)
{
    static constexpr std::string_view bytes = "\"\\{}[]:,0-.eEtfnul \n\x01\x80\xC3\xE2\xFF";
    for (auto count = 1 + random.below(3); count > 0 && !text.empty(); --count) {
        auto const at = random.below(text.size());
        switch (random.below(5)) {
        case 0: text.erase(at, 1 + random.below(8)); break;
        case 1: text.insert(at, text.substr(random.below(text.size()), random.below(16))); break;
        case 2: text[at] = bytes[random.below(bytes.size())]; break;
        case 3: text.insert(at, 1, bytes[random.below(bytes.size())]); break;
        default: std::swap(text[at], text[random.below(text.size())]);
        }
    }
    return text;
}

std::optional<boost::json::value> tree_of(std::string_view text)
{
    boost::json::parse_options options;
    options.numbers = boost::json::number_precision::precise;
    boost::json::error_code failed;
    auto value = boost::json::parse(text, failed, {}, options);
    return failed ? std::nullopt : std::optional{std::move(value)};
}

TEST(json_random, values_read_back_as_they_were)
{
    mission_source source{7};
    for (int i = 0; i < 1'000; ++i) {
        auto const value = source.next();
        auto const text = to_json(value);
        auto const back = from_json<mission>(text);
        ASSERT_TRUE(back) << to_string(back.error()) << '\n' << text;
        ASSERT_EQ(*back, value) << text;
        ASSERT_TRUE(tree_of(text)) << text;
    }
}

TEST(json_random, damaged_texts_are_read_or_refused)
{
    mission_source source{11};
    int read = 0;
    int refused = 0;
    for (int i = 0; i < 8'000; ++i) {
        auto const text = damaged(to_json(source.next()), source);
        auto const value = from_json<mission>(text);
        if (value) {
            ++read;
            ASSERT_TRUE(tree_of(text)) << text;
            ASSERT_EQ(from_json<mission>(to_json(*value)), *value) << text;
            continue;
        }
        ++refused;
        ASSERT_FALSE(value.error().reason.empty()) << text;
        ASSERT_LE(value.error().offset, text.size()) << text;
    }
    EXPECT_GT(read, 200);
    EXPECT_GT(refused, 2'000);
}

TEST(json_random, raw_text_means_what_was_read)
{
    mission_source source{13};
    int kept = 0;
    for (int i = 0; i < 8'000; ++i) {
        auto const text = damaged(to_json(source.next()), source);
        auto const expected = tree_of(text);
        auto const raw = raw_json::parse(text);
        ASSERT_EQ(raw.has_value(), expected.has_value()) << text;
        if (!raw)
            continue;
        ++kept;
        ASSERT_EQ(tree_of(raw->text()), expected) << text << '\n' << raw->text();
        ASSERT_EQ(raw_json::parse(raw->text()), *raw) << raw->text();
        ASSERT_LE(raw->text().size(), text.size() + 64) << text;
    }
    EXPECT_GT(kept, 200);
}

TEST(json_random, compact_is_what_reading_does_not_change)
{
    mission_source source{17};
    int compact = 0;
    for (int i = 0; i < 8'000; ++i) {
        auto const text = damaged(to_json(source.next()), source);
        auto const rebuilt = from_json<raw_json>(text);  // by the parser, part by part
        bool const unchanged = rebuilt && rebuilt->text() == text;
        ASSERT_EQ(is_compact_json(text, json_limits{}.depth), unchanged) << text;
        if (rebuilt)
            ASSERT_TRUE(is_compact_json(rebuilt->text(), json_limits{}.depth)) << text;
        compact += unchanged ? 1 : 0;
    }
    EXPECT_GT(compact, 200);
}

}  // namespace
}  // namespace redstart::codec
