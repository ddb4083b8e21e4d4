#include "redstart/command/sorted_sets.hpp"

#include "redstart/command/sorted_set_algebra.hpp"
#include "redstart/command/sorted_set_ranges.hpp"

#include <cmath>
#include <string>

namespace redstart::command_detail {

namespace {

void add_limit(any_command& built, std::optional<range_limit> const& limit)
{
    if (limit)
        built.add("LIMIT", limit->offset, limit->count);
}

void add_score(any_command& built, double score, bool excluded)
{
    if (!excluded || std::isnan(score)) {  // which is refused
        built.add(score);
        return;
    }
    std::string text{"("};
    codec::append_number(score, text);
    built.add(text);
}

void add_lex(any_command& built, std::optional<std::string_view> const& bound, bool excluded,
             std::string_view open)
{
    if (bound)
        built.add(std::string{excluded ? "(" : "["}.append(*bound));
    else
        built.add(open);
}

}  // namespace

void add_zadd_options(any_command& zadd, zadd_options const& options)
{
    using when = zadd_options::when;
    auto const condition = options.condition;
    if (condition == when::if_absent)
        zadd.add("NX");
    if (condition == when::if_present || condition == when::if_present_and_greater ||
        condition == when::if_present_and_less)
        zadd.add("XX");
    if (condition == when::if_greater || condition == when::if_present_and_greater)
        zadd.add("GT");
    if (condition == when::if_less || condition == when::if_present_and_less)
        zadd.add("LT");
    if (options.count_changed)
        zadd.add("CH");
}

void add_range(any_command& built, rank_range const& range)
{
    built.add(range.first, range.last);
    if (range.highest_first)
        built.add("REV");
}

void add_bounds(any_command& built, score_range const& range)
{
    add_score(built, range.min, range.without_min);
    add_score(built, range.max, range.without_max);
}

void add_bounds(any_command& built, lex_range const& range)
{
    add_lex(built, range.min, range.without_min, "-");
    add_lex(built, range.max, range.without_max, "+");
}

// Where the highest come first, the server wants the upper bound first.
void add_range(any_command& built, score_range const& range)
{
    if (range.highest_first) {
        add_score(built, range.max, range.without_max);
        add_score(built, range.min, range.without_min);
        built.add("BYSCORE", "REV");
    } else {
        add_bounds(built, range);
        built.add("BYSCORE");
    }
    add_limit(built, range.limit);
}

void add_range(any_command& built, lex_range const& range)
{
    if (range.highest_first) {
        add_lex(built, range.max, range.without_max, "+");
        add_lex(built, range.min, range.without_min, "-");
        built.add("BYLEX", "REV");
    } else {
        add_bounds(built, range);
        built.add("BYLEX");
    }
    add_limit(built, range.limit);
}

void add_join_options(any_command& built, join_options const& options)
{
    if (!options.weights.empty())
        built.add("WEIGHTS", one_or_more<double>{options.weights});
    if (options.scores == join_options::aggregate::min)
        built.add("AGGREGATE", "MIN");
    if (options.scores == join_options::aggregate::max)
        built.add("AGGREGATE", "MAX");
}

std::string_view word_of(score_end end) noexcept
{
    return end == score_end::lowest ? "MIN" : "MAX";
}

}  // namespace redstart::command_detail
