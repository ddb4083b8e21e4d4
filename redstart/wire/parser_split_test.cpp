// However the bytes are cut, the tokens are the same. A prefix of something well formed is never
// malformed.

#include "redstart/wire/parser.hpp"
#include "redstart/wire/recording_test.hpp"
#include "redstart/wire/reply_writer.hpp"
#include "redstart/wire/vectors_test.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace redstart::wire::testing {
namespace {

// A blob is long already when it has more than 16 bytes, so that parts are cut too.
constexpr auto small_parts = limits{.whole = 16, .large = 20};

recording in_pieces(std::string_view const bytes, std::vector<std::size_t> const& cuts)
{
    feeder fed{small_parts};
    std::size_t from = 0;
    for (auto const cut : cuts) {
        fed.feed(bytes.substr(from, cut - from));
        from = cut;
    }
    fed.feed(bytes.substr(from));
    return fed.record();
}

void expect_same(recording const& got, recording const& expected, std::string_view const bytes)
{
    EXPECT_EQ(got.last, progress::need_more) << bytes;
    EXPECT_EQ(got.tokens, expected.tokens) << bytes;
    EXPECT_EQ(got.error, expected.error) << bytes;
    EXPECT_TRUE(got.between_frames) << bytes;
}

TEST(splits, at_every_byte_give_the_same_tokens)
{
    for (auto const bytes : frames) {
        auto const expected = parse(bytes, small_parts);
        ASSERT_FALSE(expected.tokens.empty()) << bytes;
        EXPECT_TRUE(expected.tokens.back().ends_frame) << bytes;
        for (std::size_t cut = 0; cut <= bytes.size(); ++cut)
            expect_same(in_pieces(bytes, {cut}), expected, bytes);
    }
}

TEST(splits, at_every_two_bytes_give_the_same_tokens)
{
    for (auto const bytes : frames) {
        auto const expected = parse(bytes, small_parts);
        auto const places = bytes.size() + 1;
        for (std::size_t pair = 0; pair < places * places; ++pair) {
            auto const first = pair / places;
            auto const second = pair % places;
            if (first <= second)
                expect_same(in_pieces(bytes, {first, second}), expected, bytes);
        }
    }
}

TEST(splits, into_single_bytes_give_the_same_tokens)
{
    std::string all;
    for (auto const bytes : frames)
        all += bytes;
    auto const expected = parse(all, small_parts);
    std::vector<std::size_t> cuts;
    for (std::size_t cut = 1; cut < all.size(); ++cut)
        cuts.push_back(cut);
    expect_same(in_pieces(all, cuts), expected, all);
}

TEST(splits, leave_every_prefix_unfinished_and_never_malformed)
{
    for (auto const bytes : frames) {
        auto const all = parse(bytes);
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            auto const got = parse(bytes.substr(0, size));
            EXPECT_EQ(got.last, progress::need_more) << bytes << " cut after " << size;
            EXPECT_EQ(got.error, "");
            EXPECT_TRUE(size == 0 || !got.between_frames || got.tokens.back().ends_frame);
            EXPECT_LT(got.tokens.size(), all.tokens.size()) << bytes << " cut after " << size;
        }
    }
}

TEST(splits, never_want_more_than_what_completes_the_blob)
{
    for (auto const bytes : frames)
        for (std::size_t size = 0; size < bytes.size(); ++size)
            EXPECT_LE(parse(bytes.substr(0, size), small_parts).wanted, bytes.size() - size)
                << bytes;
}

// A line that comes byte by byte is searched once: with a million bytes, anything quadratic would
// take minutes.
TEST(splits, of_a_long_line_are_not_searched_again)
{
    auto const size = std::size_t{1} << 20;
    auto const bytes = "+" + std::string(size, 'x') + "\r\n";
    parser slow{{.line = 1 << 20}};
    char const* at = bytes.data();
    token got;
    for (std::size_t offered = 0; offered < bytes.size(); ++offered)
        ASSERT_EQ(slow.next(at, bytes.data() + offered, got), progress::need_more);
    ASSERT_EQ(slow.next(at, bytes.data() + bytes.size(), got), progress::token);
    EXPECT_EQ(got.text.size(), size);
}

// ---- random trees: what was written is what is parsed -------------------------------------------

// Writes a random value, and appends the tokens that it must give. Nested deep it becomes a scalar.
class random_tree {
public:
    explicit random_tree(unsigned const seed) : random_{seed} {}

    void write_frame()
    {
        value(0);
        expected_.back().ends_frame = true;
    }

    std::string const& bytes() const { return bytes_; }
    std::vector<recorded> const& expected() const { return expected_; }

private:
    enum class shape {
        string,
        error,
        integer,
        real,
        boolean,
        null,
        big_number,
        blob,
        blob_error,
        verbatim,
        streamed_string,
        array,
        map,
        set,
        streamed_array,
        streamed_map,
        streamed_set,
        last = streamed_set
    };

    std::uint64_t below(std::uint64_t const bound) { return random_() % bound; }

    std::string text(unsigned char const lowest, unsigned char const highest)
    {
        std::string some(below(40), ' ');
        for (auto& one : some)
            one = static_cast<char>(lowest + below(1u + highest - lowest));
        return some;
    }

    std::string line() { return text(' ', '~'); }
    std::string blob() { return text(0, 0xff); }

    void expect(wire::kind const kind, std::string text, std::int64_t const number = 0)
    {
        expected_.push_back(
            {.kind = kind, .number = number, .text = std::move(text), .out_of_band = in_push_});
    }

    void value(int const depth)
    {
        surroundings(depth);
        auto const shapes =
            depth < 5 ? static_cast<int>(shape::last) + 1 : static_cast<int>(shape::array);
        auto const picked = static_cast<shape>(below(static_cast<std::uint64_t>(shapes)));
        if (picked < shape::blob)
            scalar(picked);
        else if (picked < shape::array)
            string(picked);
        else
            aggregate(picked, depth);
    }

    // An attribute or a push, now and then, before the value.
    void surroundings(int const depth)
    {
        if (depth < 5 && below(8) == 0) {
            auto const kept = expected_.size();
            writer_.attribute(1);
            bool const pushes = std::exchange(may_push_, false);
            value(depth + 1);
            value(depth + 1);
            may_push_ = pushes;
            expected_.resize(kept);
        }
        if (may_push_ && depth < 5 && below(8) == 0)
            push(depth);
    }

    void push(int const depth)
    {
        auto const elements = below(4);
        writer_.push(elements);
        may_push_ = false;
        in_push_ = true;
        expect(kind::push, "", static_cast<std::int64_t>(elements));
        for (std::uint64_t i = 0; i < elements; ++i)
            value(depth + 1);
        expect(kind::close, "");
        expected_.back().ends_frame = true;
        in_push_ = false;
        may_push_ = true;
    }

    void scalar(shape const picked)
    {
        auto const some = line();
        auto const number = static_cast<std::int64_t>(random_()) >> below(64);
        switch (picked) {
        case shape::string: writer_.simple_string(some); return expect(kind::simple_string, some);
        case shape::error: writer_.simple_error(some); return expect(kind::simple_error, some);
        case shape::integer:
            writer_.integer(number);
            return expect(kind::integer, std::to_string(number), number);
        case shape::real: return real(std::bit_cast<double>(random_()));
        case shape::boolean:
            writer_.boolean(number > 0);
            return expect(kind::boolean, number > 0 ? "t" : "f", number > 0);
        case shape::null: writer_.null(); return expect(kind::null, "");
        default:
            writer_.big_number(std::to_string(number) + "000");
            return expect(kind::big_number, std::to_string(number) + "000");
        }
    }

    void real(double const number)
    {
        auto const written = bytes_.size() + 1;
        writer_.real(number);
        expect(kind::real, bytes_.substr(written, bytes_.size() - written - 2));
        auto const canonical = number == number ? number : std::numeric_limits<double>::quiet_NaN();
        expected_.back().real = std::bit_cast<std::uint64_t>(canonical);
    }

    void string(shape const picked)
    {
        auto const some = blob();
        switch (picked) {
        case shape::blob: writer_.blob_string(some); return expect(kind::blob_string, some);
        case shape::blob_error: writer_.blob_error(some); return expect(kind::blob_error, some);
        case shape::verbatim:
            writer_.verbatim_string("txt", some);
            return expect(kind::verbatim_string, some);
        default:
            auto const cut = some.size() / 3;
            writer_.begin_streamed_string()
                .string_part(some.substr(0, cut))
                .string_part(some.substr(cut))
                .end_streamed_string();
            return expect(kind::blob_string, some);
        }
    }

    void aggregate(shape const picked, int const depth)
    {
        auto const size = below(5);
        bool const streamed = picked >= shape::streamed_array;
        auto const opened = open(picked, size);
        expect(opened, "", streamed ? -1 : static_cast<std::int64_t>(size));
        for (std::uint64_t i = 0; i < (opened == kind::map ? 2 * size : size); ++i)
            value(depth + 1);
        if (streamed)
            writer_.end_streamed();
        expect(kind::close, "");
    }

    wire::kind open(shape const picked, std::uint64_t const size)
    {
        switch (picked) {
        case shape::array: writer_.array(size); return kind::array;
        case shape::map: writer_.map(size); return kind::map;
        case shape::set: writer_.set(size); return kind::set;
        case shape::streamed_array: writer_.begin_streamed_array(); return kind::array;
        case shape::streamed_map: writer_.begin_streamed_map(); return kind::map;
        default: writer_.begin_streamed_set(); return kind::set;
        }
    }

    std::mt19937_64 random_;
    std::string bytes_;
    reply_writer writer_{bytes_};
    std::vector<recorded> expected_;
    bool may_push_ = true;
    bool in_push_ = false;
};

TEST(random_trees, are_parsed_as_they_were_written)
{
    for (unsigned seed = 0; seed < 1500; ++seed) {
        random_tree tree{seed};
        for (int frame = 0; frame < 3; ++frame)
            tree.write_frame();
        auto const got = parse(tree.bytes(), small_parts);
        ASSERT_EQ(got.error, "") << seed;
        ASSERT_EQ(got.tokens, tree.expected()) << seed;
        ASSERT_TRUE(got.between_frames) << seed;
    }
}

TEST(random_trees, are_parsed_the_same_in_random_pieces)
{
    for (unsigned seed = 0; seed < 400; ++seed) {
        random_tree tree{seed};
        tree.write_frame();
        std::mt19937_64 random{seed};
        feeder fed{small_parts};
        for (auto rest = std::string_view{tree.bytes()}; !rest.empty();) {
            auto const size = std::min<std::size_t>(rest.size(), random() % 24);
            fed.feed(rest.substr(0, size));
            rest.remove_prefix(size);
        }
        ASSERT_EQ(fed.record().error, "") << seed;
        ASSERT_EQ(fed.record().tokens, tree.expected()) << seed;
    }
}

// ---- past the parser ----------------------------------------------------------------------------

TEST(bypass, gives_the_same_in_random_pieces)
{
    std::size_t bypassed = 0;
    for (unsigned seed = 0; seed < 400; ++seed) {
        random_tree tree{seed};
        tree.write_frame();
        std::mt19937_64 random{seed};
        feeder fed{small_parts};
        for (auto rest = std::string_view{tree.bytes()}; !rest.empty();) {
            auto const past = fed.bypass(rest.substr(0, random() % 12));
            rest.remove_prefix(past);
            bypassed += past;
            auto const size = std::min<std::size_t>(rest.size(), random() % 12);
            fed.feed(rest.substr(0, size));
            rest.remove_prefix(size);
        }
        ASSERT_EQ(fed.record().error, "") << seed;
        ASSERT_EQ(fed.record().tokens, tree.expected()) << seed;
    }
    EXPECT_GT(bypassed, 1000u) << "these trees would not notice";
}

TEST(bypass, is_for_long_blobs_of_a_reply_once_a_part_was_given)
{
    static constexpr limits small{.whole = 2, .large = 4};
    auto const left = [](std::string_view bytes) {
        feeder fed{small};
        fed.feed(bytes);
        return fed.parser().bypassable();
    };
    EXPECT_EQ(left("$5\r\na"), 4u);
    EXPECT_EQ(left("*2\r\n$5\r\nabcd"), 1u);
    EXPECT_EQ(left("=9\r\ntxt:a"), 4u);
    EXPECT_EQ(left("$5\r\n"), 0u) << "nobody knows yet what this is";
    EXPECT_EQ(left("=9\r\ntxt"), 0u);
    EXPECT_EQ(left("$4\r\nabc"), 0u) << "too short";
    EXPECT_EQ(left("$5\r\nabcde"), 0u);
    EXPECT_EQ(left("$5\r\nabcde\r\n"), 0u);
    EXPECT_EQ(left(">1\r\n$5\r\nabc"), 0u) << "of a push";
    EXPECT_EQ(left("|1\r\n$5\r\nabc"), 0u) << "of an attribute";
    EXPECT_EQ(left("*1\r\n>1\r\n$5\r\nabc"), 0u);
}

}  // namespace
}  // namespace redstart::wire::testing
