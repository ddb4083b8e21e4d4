// The parser against anything: no crash, no broken invariant, and the same answer however the bytes
// are cut.
//
// Input: one byte of choices (its low four bits: how many sizes follow; its next two: which
// limits), the sizes of the pieces as one byte each (used in turn, 0 to 63 bytes), then what the
// parser gets. Without sizes it gets single bytes. A seed that begins with '@' has no sizes and the
// usual limits; 'P', '`' and 'p' choose the other limits.

#include "redstart/wire/parser.hpp"

#include "redstart/wire/recording_test.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace redstart::wire;

constexpr auto limits_to_choose = std::to_array<limits>({
    {},
    {.whole = 8},
    {.depth = 4, .elements = 12, .bytes = 200, .line = 16, .whole = 0},
    {.depth = 200, .elements = 1000, .bytes = 100'000, .line = 300, .whole = 32},
});

void require(bool const holds, char const* const what)
{
    if (holds)
        return;
    std::fprintf(stderr, "broken: %s\n", what);
    std::abort();
}

// What a consumer relies on, followed token by token.
class follower {
public:
    explicit follower(limits const allowed) : limits_{allowed} {}

    void take(token const& got)
    {
        require(!unfinished_ || (got.kind == unfinished_kind_ && !got.is_aggregate()),
                "parts of one string follow each other");
        require(!got.more || got.kind == kind::blob_string || got.kind == kind::blob_error ||
                    got.kind == kind::verbatim_string,
                "only blobs come in parts");
        bool const begins = !unfinished_;
        unfinished_ = got.more;
        unfinished_kind_ = got.kind;
        if (got.kind == kind::close)
            return close(got);
        if (begins && got.kind != kind::push)
            count();
        if (got.is_aggregate())
            return open(got);
        require(got.out_of_band == in_push(), "scalars know whether they are in a push");
        require(got.ends_frame == (open_.empty() && !got.more),
                "a scalar ends a frame only at the top");
        if (got.ends_frame)
            elements_ = 0;
    }

    bool inside() const { return !open_.empty() || unfinished_; }

private:
    struct level {
        std::int64_t left;  // negative: streamed
        bool push;
    };

    bool in_push() const
    {
        return std::ranges::any_of(open_, [](level const& one) { return one.push; });
    }

    void count()
    {
        if (open_.empty())
            return;
        auto& left = open_.back().left;
        require(left != 0, "an aggregate has no more elements than declared");
        if (left > 0)
            --left;
        else
            ++elements_;
    }

    void open(token const& got)
    {
        require(!got.ends_frame, "an opening ends nothing");
        require(got.out_of_band == (got.kind == kind::push || in_push()),
                "aggregates know whether they are in a push");
        require(got.kind != kind::push || !in_push(), "a push is never inside a push");
        require(got.number >= -1 && (got.number != -1 || got.kind != kind::push),
                "counts are counts, or -1");
        auto const left = got.number * (got.kind == kind::map ? 2 : 1);
        elements_ += left > 0 ? static_cast<std::uint64_t>(left) : 0;
        open_.push_back({left, got.kind == kind::push});
        require(open_.size() <= limits_.depth, "the depth is limited");
        require(elements_ <= limits_.elements, "elements are limited");
    }

    void close(token const& got)
    {
        require(!open_.empty(), "every close has an opening");
        require(open_.back().left <= 0, "a counted aggregate has all its elements when it closes");
        require(got.out_of_band == in_push(), "a close knows whether it is in a push");
        bool const push = open_.back().push;
        open_.pop_back();
        require(got.ends_frame == (push || open_.empty()),
                "a close ends a frame at the top, and a push");
        if (open_.empty())
            elements_ = 0;
    }

    limits limits_;
    std::vector<level> open_;
    std::uint64_t elements_ = 0;
    bool unfinished_ = false;
    kind unfinished_kind_{};
};

void follow_at_once(std::string_view const bytes, limits const allowed)
{
    parser one{allowed};
    follower following{allowed};
    char const* at = bytes.data();
    char const* const end = at + bytes.size();
    token got;
    auto last = progress::token;
    while ((last = one.next(at, end, got)) == progress::token) {
        require(at <= end, "nothing beyond the end is consumed");
        require(got.text.empty() || std::less_equal<>{}(bytes.data(), got.text.data()),
                "text lies in the bytes");
        require(got.text.empty() || std::less_equal<>{}(got.text.data() + got.text.size(), at),
                "text is consumed");
        following.take(got);
    }
    require((last == progress::malformed) == !one.error().empty(),
            "malformed has a reason, and nothing else has");
    require(last == progress::malformed || !(following.inside() && one.between_frames()),
            "inside is not between");
    require(one.next(at, end, got) == last, "asking again gives the same answer");
    if (last == progress::malformed)
        return;
    require(one.wanted() == 0 || !one.between_frames(), "nothing is wanted between frames");
    require(static_cast<std::uint64_t>(one.wanted()) <= allowed.bytes, "what is wanted is limited");
}

testing::recording in_pieces(std::string_view bytes, std::string_view const sizes,
                             limits const allowed)
{
    testing::feeder fed{allowed};
    for (std::size_t turn = 0; !bytes.empty(); ++turn) {
        auto const wanted =
            sizes.empty() ? 1u : static_cast<unsigned char>(sizes[turn % sizes.size()]) % 64u;
        auto const size = turn > 2 * bytes.size() + 64
                              ? bytes.size()
                              : std::min<std::size_t>(wanted, bytes.size());
        fed.feed(bytes.substr(0, size));
        bytes.remove_prefix(size);
    }
    fed.feed({});
    return fed.record();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* const data, std::size_t const size)
{
    auto input = std::string_view{reinterpret_cast<char const*>(data), size};
    if (input.empty())
        return 0;
    auto const choices = static_cast<unsigned char>(input.front());
    auto const sizes = input.substr(1, choices % 16);
    auto const bytes = input.substr(1 + sizes.size());
    auto const allowed = limits_to_choose[choices / 16 % limits_to_choose.size()];

    follow_at_once(bytes, allowed);
    auto const at_once = testing::parse(bytes, allowed);
    auto const cut = in_pieces(bytes, sizes, allowed);
    require(cut.last == at_once.last, "cutting changes no answer");
    require(cut.error == at_once.error, "cutting changes no reason");
    require(cut.tokens == at_once.tokens, "cutting changes no token");
    require(cut.between_frames == at_once.between_frames, "cutting changes no state");
    require(cut.last == progress::malformed || cut.unfinished == at_once.unfinished,
            "cutting changes no unfinished text");
    require(cut.last == progress::malformed || cut.wanted == at_once.wanted,
            "cutting changes nothing wanted");
    return 0;
}
