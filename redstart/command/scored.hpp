// A member of a sorted set with its score, and the ranges by which sorted sets are read.

#pragma once

#include "redstart/command/argument.hpp"
#include "redstart/command/struct_decoder.hpp"

#include <initializer_list>
#include <limits>
#include <optional>
#include <string>

namespace redstart {

template <class Member>
struct scored {
    Member member;
    double score = 0;
    bool operator==(scored const&) const = default;
};
template <class Member>
struct decoder<scored<Member>> : array_decoder<scored<Member>, Member, double> {};
template <class Member>
struct decoder<std::vector<scored<Member>>> : pairs_decoder<scored<Member>, Member, double> {};

// The only one or none: ZPOPMIN without a count answers so.
template <class Member>
struct decoder<std::optional<scored<Member>>> {
    decode_step feed(wire::token const& t, text_assembly& parts)
    {
        if (t.kind == wire::kind::null && !begun_)
            return decode_step::done;
        if (begun_ && !in_it_ && t.kind == wire::kind::close)
            return decode_step::done;
        in_it_ = begun_;
        begun_ = true;
        return it_.feed(t, parts);
    }
    std::optional<scored<Member>> take()
    {
        if (!in_it_)
            return std::nullopt;
        return it_.take();
    }

private:
    decoder<scored<Member>> it_;
    bool begun_ = false;
    bool in_it_ = false;  // an item has come
};

// A member's place, counted from 0, with its score.
struct ranked {
    std::int64_t rank = 0;
    double score = 0;
    bool operator==(ranked const&) const = default;
};
template <>
struct decoder<ranked> : array_decoder<ranked, std::int64_t, double> {};

// By place: 0 is the lowest score, or the highest if the highest come first.
struct rank_range {
    std::int64_t first = 0;
    std::int64_t last = -1;  // included; -1 is the last of all
    bool highest_first = false;
};

// At most `count` members after the first `offset` that match.
struct range_limit {
    std::int64_t offset = 0;
    std::int64_t count = -1;  // -1: all
};

// By score.
struct score_range {
    double min = -std::numeric_limits<double>::infinity();
    double max = std::numeric_limits<double>::infinity();
    bool without_min = false;  // members of exactly that score do not match
    bool without_max = false;
    bool highest_first = false;
    std::optional<range_limit> limit{};
};

// By the bytes of the members, among members of one score.
struct lex_range {
    std::optional<std::string_view> min{};  // absent: from the first
    std::optional<std::string_view> max{};  // absent: up to the last
    bool without_min = false;
    bool without_max = false;
    bool highest_first = false;
    std::optional<range_limit> limit{};
};

namespace argument_detail {

template <class Member, class T>
void append_scored(wire::request& request, T const& each)
{
    if constexpr (requires { each.member; }) {
        Member const& member = each.member;
        append_real(request, static_cast<double>(each.score));
        append_argument(request, member);
    } else {
        Member const& member = each.first;
        append_real(request, static_cast<double>(each.second));
        append_argument(request, member);
    }
}

template <class T, class Member>
concept scored_as = requires(T const& each) {
    requires storable_as<std::remove_cvref_t<decltype(each.member)>, Member>;
    static_cast<double>(each.score);
} || requires(T const& each) {
    requires storable_as<std::remove_cvref_t<decltype(each.first)>, Member>;
    static_cast<double>(each.second);
};

}  // namespace argument_detail

// Members with their scores in braces, {{"ada", 1.5}, {"bob", 2}}, or a range of scored or of pairs.
template <class Member>
class one_or_more_scored : public argument_detail::list_reference {
public:
    using list_type = std::initializer_list<scored<Member>>;

    one_or_more_scored(list_type const& list) noexcept
        : list_reference{std::addressof(list), list.size(), append_all<list_type>}
    {
    }
    template <std::ranges::forward_range Range>
        requires argument_detail::scored_as<std::ranges::range_value_t<Range>, Member>
    one_or_more_scored(Range const& range)
        : list_reference{std::addressof(range), argument_detail::size_of(range), append_all<Range>}
    {
    }

private:
    template <class Range>
    static void append_all(wire::request& request, void const* kept)
    {
        for (auto const& each : *static_cast<Range const*>(kept))
            argument_detail::append_scored<Member>(request, each);
    }
};

}  // namespace redstart
