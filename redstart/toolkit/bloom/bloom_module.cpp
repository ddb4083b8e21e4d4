#include "redstart/toolkit/bloom/bloom_module.hpp"

#include <algorithm>
#include <utility>

namespace redstart::toolkit::toolkit_detail {

namespace {

using module_answers = std::vector<bool>;

constexpr std::string_view whole = "redstart:whole";  // the item of ours

// Whether a filter is there, first of all, and then for each key.
command<module_answers> exists_in(key<std::string> const& filter,
                                  std::vector<std::string> const& keys)
{
    auto built = raw<module_answers>("BF.MEXISTS", filter, whole);
    for (auto const& each : keys)
        built.add(each);
    return built;
}

// An error if the filter is not there: one that the server would make by the way could not be told from a whole one.
command<module_answers> insert_into(key<std::string> const& filter,
                                    std::vector<std::string> const& keys)
{
    auto built = raw<module_answers>("BF.INSERT", filter, "NOCREATE", "ITEMS");
    for (auto const& each : keys)
        built.add(each);
    return built;
}

bool says(failure const& why, std::string_view words)
{
    return why.code() == failure_code::server_error &&
           why.server_text().find(words) != std::string::npos;
}

// The answers of a side; nothing if there is no filter on it.
std::optional<module_answers> inserted(std::expected<module_answers, failure>&& answer)
{
    if (answer)
        return *std::move(answer);
    if (says(answer.error(), "not found"))
        return std::nullopt;
    throw std::move(answer).error();
}

std::vector<std::int64_t> numbers_of(std::optional<module_answers> const& answers, std::size_t keys)
{
    if (!answers)
        return std::vector<std::int64_t>(keys, 2);
    return {answers->begin(), answers->end()};
}

}  // namespace

task<std::vector<std::int64_t>> check_in_module(bloom_question asked, std::vector<std::string> keys)
{
    if (keys.empty())
        co_return {};
    auto const& layout = *asked.layout;
    auto [fields, even, odd] =
        co_await asked.db.atomic(layout.metadata(), exists_in(layout.shard_key(0, false), keys),
                                 exists_in(layout.shard_key(0, true), keys));
    auto const generations = layout.read(fields, asked.where);
    auto const& answers = generations.live % 2 == 0 ? even : odd;
    std::vector<std::int64_t> numbers(keys.size(), 1);
    if (generations.live > 0 && answers.at(0))
        std::copy(answers.begin() + 1, answers.end(), numbers.begin());
    co_return numbers;
}

task<std::vector<std::int64_t>> add_to_module(bloom_question asked, std::vector<std::string> keys)
{
    if (keys.empty())
        co_return {};
    auto const& layout = *asked.layout;
    batch work;
    auto const metadata = work.add(layout.metadata());
    auto const even = work.add(insert_into(layout.shard_key(0, false), keys));
    auto const odd = work.add(insert_into(layout.shard_key(0, true), keys));
    auto replies = co_await asked.db.atomic(std::move(work), asked.where);
    auto const generations = layout.read(replies.take(metadata).value(), asked.where);
    auto const on_even = inserted(replies.take(even));
    auto const on_odd = inserted(replies.take(odd));
    if (generations.live == 0)
        co_return numbers_of(std::nullopt, keys.size());
    co_return numbers_of(generations.live % 2 == 0 ? on_even : on_odd, keys.size());
}

task<std::vector<std::int64_t>> feed_to_module(bloom_question asked, std::vector<std::string> keys,
                                               std::uint64_t generation)
{
    if (keys.empty())
        co_return {};
    auto const& layout = *asked.layout;
    batch work;
    auto const metadata = work.add(layout.metadata());
    auto const side = work.add(insert_into(layout.shard_key(0, generation % 2 != 0), keys));
    auto replies = co_await asked.db.atomic(std::move(work), asked.where);
    auto const generations = layout.read(replies.take(metadata).value(), asked.where);
    // What went to the side of a later one is there too much, and does no harm.
    if (generations.next != generation)
        co_return {};
    co_return numbers_of(inserted(replies.take(side)), keys.size());
}

task<> reserve_in_module(bloom_question asked, std::uint64_t generation)
{
    auto const& layout = *asked.layout;
    auto const filter = layout.shard_key(0, generation % 2 != 0);
    batch work;
    auto const reserved = work.add(raw<ok>(
        "BF.RESERVE", filter, layout.options().false_positive_rate, layout.options().capacity));
    auto const marked = work.add(insert_into(filter, {std::string{whole}}));
    auto replies = co_await asked.db.atomic(std::move(work), asked.where);
    // It exists if another builder, whom this one has superseded, came in between: it is as new, and as empty.
    if (auto const made = replies.take(reserved); !made && !says(made.error(), "exists"))
        throw made.error();
    static_cast<void>(replies.take(marked).value());
}

task<bloom_report> report_of_module(bloom_question asked)
{
    auto const& layout = *asked.layout;
    auto const even = layout.shard_key(0, false);
    auto const odd = layout.shard_key(0, true);
    auto [fields, on_even, on_odd, even_keys, odd_keys] = co_await asked.db.atomic(
        layout.metadata(), exists_in(even, {}), exists_in(odd, {}),
        raw<std::int64_t>("BF.CARD", even), raw<std::int64_t>("BF.CARD", odd));
    auto found = layout.begin_report(layout.read(fields, asked.where));
    bool const is_even = found.generation % 2 == 0;
    bool const is_whole = (is_even ? on_even : on_odd).at(0);
    found.lost_shards = is_whole ? 0 : 1;
    found.ready = found.generation > 0 && is_whole;
    if (!found.ready)
        co_return found;
    found.estimated_keys = static_cast<double>((is_even ? even_keys : odd_keys) - 1);
    found.fill = found.estimated_keys / static_cast<double>(found.capacity);
    found.overfull = found.fill > 1;
    co_return found;
}

}  // namespace redstart::toolkit::toolkit_detail
