#include "redstart/toolkit/bloom/bloom_filter.hpp"

#include "redstart/command/reply_value.hpp"
#include "redstart/toolkit/bloom/bloom_layout.hpp"
#include "redstart/toolkit/bloom/bloom_module.hpp"
#include "redstart/toolkit/operation.hpp"

#include <algorithm>

namespace redstart::toolkit {

namespace {

using namespace toolkit_detail;
using shared_layout = shared_bloom_layout;
using numbers_commands = std::vector<command<bloom_numbers>>;

std::vector<std::int64_t> accepted(bloom_numbers&& answer, bloom_layout const& layout,
                                   std::source_location const& where)
{
    auto& [other, numbers] = answer;
    layout.refuse(other, where);
    return std::move(numbers);
}

bloom_answer answer_of(std::int64_t number)
{
    return number == 0 ? bloom_answer::absent : bloom_answer::maybe;
}

bloom_addition addition_of(std::int64_t number)
{
    if (number == 2)
        return bloom_addition::not_ready;
    return number == 1 ? bloom_addition::added : bloom_addition::seen;
}

// In the order of the keys. All in one round trip; the first failure is thrown when all are answered.
task<std::vector<std::int64_t>> ask_all(bloom_question asked, numbers_commands pieces)
{
    std::vector<std::int64_t> all;
    for (auto& each : co_await asked.db.exec(std::move(pieces), asked.where)) {
        if (!each)
            throw std::move(each).error();
        auto const numbers = accepted(*std::move(each), *asked.layout, asked.where);
        all.insert(all.end(), numbers.begin(), numbers.end());
    }
    co_return all;
}

template <auto Meaning>
auto ask_one(bloom_question asked, command<bloom_numbers> what) -> task<decltype(Meaning(0))>
{
    auto answer = co_await asked.db.exec(std::move(what), asked.where);
    co_return Meaning(accepted(std::move(answer), *asked.layout, asked.where).at(0));
}

template <auto Meaning>
auto meaning_of_all(task<std::vector<std::int64_t>> asked)
    -> task<std::vector<decltype(Meaning(0))>>
{
    auto const numbers = co_await std::move(asked);
    std::vector<decltype(Meaning(0))> answers;
    answers.reserve(numbers.size());
    for (auto const each : numbers)
        answers.push_back(Meaning(each));
    co_return answers;
}

template <auto Meaning>
auto meaning_of_one(task<std::vector<std::int64_t>> asked) -> task<decltype(Meaning(0))>
{
    auto const numbers = co_await std::move(asked);
    co_return Meaning(numbers.at(0));
}

std::vector<std::string> copied(std::span<std::string const> keys)
{
    return {keys.begin(), keys.end()};
}

void expect_done(std::int64_t step, std::source_location const& where)
{
    if (step == static_cast<std::int64_t>(bloom_step::done))
        return;
    bool const lost = step == static_cast<std::int64_t>(bloom_step::lost);
    throw failure{{.code = failure_code::conflict,
                   .outcome = outcome::refused,
                   .command = {},
                   .reason = lost ? "a part of the new generation was evicted or deleted"
                                  : "another generation was begun, or the filter was erased",
                   .server_text = {}},
                  where};
}

task<> feed(task<std::vector<std::int64_t>> asked, std::size_t keys, std::source_location where)
{
    auto const numbers = co_await std::move(asked);
    auto const refused = [](std::int64_t number) { return number == 2; };
    if (std::ranges::any_of(numbers, refused))
        expect_done(static_cast<std::int64_t>(bloom_step::lost), where);
    if (numbers.size() < keys)
        expect_done(static_cast<std::int64_t>(bloom_step::superseded), where);
}

// Each shard is a command of its own: the server writes its 8 MB of zeros at once.
task<> allocate(bloom_question asked, std::uint64_t generation)
{
    for (auto& each : co_await asked.db.exec(asked.layout->allocate(generation), asked.where)) {
        if (!each)
            throw std::move(each).error();
        expect_done(*each, asked.where);
    }
}

task<> take_over(client& db, command<std::int64_t> what, std::source_location where)
{
    expect_done(co_await db.exec(std::move(what), where), where);
}

task<bool> erase_all(client& db, command<bloom_generation> what, shared_layout layout,
                     std::source_location where)
{
    auto const [other, there] = co_await db.exec(std::move(what), where);
    layout->refuse(other, where);
    co_return there == 1;
}

// What the counts of the shards come to; a negative one is lost.
void add_up(std::vector<std::int64_t> const& counts, bloom_shape const& shape, bloom_report& into)
{
    for (auto const each : counts) {
        if (each < 0) {
            ++into.lost_shards;
            continue;
        }
        auto const set = static_cast<std::uint64_t>(each);
        into.bits_set += set;
        into.estimated_keys += shape.keys_behind(set);
    }
    into.fill = static_cast<double>(into.bits_set) / static_cast<double>(into.bits);
    into.estimated_rate = shape.rate_at(into.bits_set);
    into.overfull = into.fill > 0.5;
    into.ready = into.generation > 0 && into.lost_shards == 0;
}

task<bloom_report> make_report(client& db, shared_layout layout, std::source_location where)
{
    auto const& shape = layout->shape();
    batch questions;
    auto const metadata = questions.add(layout->metadata());
    std::vector<batch_item<std::int64_t>> shards;
    for (std::uint32_t i = 0; i < shape.shards; ++i)
        shards.push_back(questions.add(layout->count(i)));
    auto answers = co_await db.exec(std::move(questions), where);
    answers.throw_first_failure();

    auto found = layout->begin_report(layout->read(answers.take(metadata).value(), where));
    std::vector<std::int64_t> counts;
    for (auto const each : shards)
        counts.push_back(answers.take(each).value());
    add_up(counts, shape, found);
    co_return found;
}

}  // namespace

task<bloom_storage> bloom_storage_of(client& db, std::source_location where)
{
    auto const known = co_await db.exec(
        raw<std::vector<std::optional<reply_value>>>("COMMAND INFO", "BF.INSERT"), where);
    co_return !known.empty() && known.front() ? bloom_storage::module : bloom_storage::strings;
}

bloom_filter::bloom_filter(client& db, bloom_filter_options options, std::source_location where)
    : db_{&db}, layout_{std::make_shared<bloom_layout const>(std::move(options), where)}
{
}

bloom_filter_options const& bloom_filter::options() const noexcept { return layout_->options(); }
bloom_shape const& bloom_filter::shape() const noexcept { return layout_->shape(); }

task<bloom_addition> bloom_filter::add(std::string_view key, std::source_location where) const
{
    bloom_question const asked{*db_, layout_, where};
    if (layout_->in_module())
        return meaning_of_one<&addition_of>(add_to_module(asked, {std::string{key}}));
    return ask_one<&addition_of>(asked, layout_->add(key));
}

task<std::vector<bloom_addition>> bloom_filter::add_all(std::span<std::string const> keys,
                                                        std::source_location where) const
{
    layout_->check_size(keys, where);
    bloom_question const asked{*db_, layout_, where};
    return meaning_of_all<&addition_of>(layout_->in_module()
                                            ? add_to_module(asked, copied(keys))
                                            : ask_all(asked, layout_->add_all(keys, 0)));
}

task<bloom_answer> bloom_filter::might_contain(std::string_view key,
                                               std::source_location where) const
{
    bloom_question const asked{*db_, layout_, where};
    if (layout_->in_module())
        return meaning_of_one<&answer_of>(check_in_module(asked, {std::string{key}}));
    return ask_one<&answer_of>(asked, layout_->check(key));
}

task<std::vector<bloom_answer>> bloom_filter::might_contain_all(std::span<std::string const> keys,
                                                                std::source_location where) const
{
    layout_->check_size(keys, where);
    bloom_question const asked{*db_, layout_, where};
    return meaning_of_all<&answer_of>(layout_->in_module()
                                          ? check_in_module(asked, copied(keys))
                                          : ask_all(asked, layout_->check_all(keys)));
}

task<bloom_build> bloom_filter::rebuild(std::source_location where) const
{
    return bloom_build::begin(*db_, layout_, where);
}

task<bool> bloom_filter::erase(std::source_location where) const
{
    return erase_all(*db_, layout_->erase(), layout_, where);
}

task<bloom_report> bloom_filter::report(std::source_location where) const
{
    if (layout_->in_module())
        return report_of_module({*db_, layout_, where});
    return make_report(*db_, layout_, where);
}

task<bloom_build> bloom_build::begin(client& db, shared_layout layout, std::source_location where)
{
    auto const [other, number] = co_await db.exec(layout->begin(), where);
    layout->refuse(other, where);
    auto const generation = static_cast<std::uint64_t>(number);
    co_await (layout->in_module() ? reserve_in_module({db, layout, where}, generation)
                                  : allocate({db, layout, where}, generation));
    expect_done(co_await db.exec(layout->open(generation), where), where);
    co_return bloom_build{db, std::move(layout), generation};
}

task<> bloom_build::add_all(std::span<std::string const> keys, std::source_location where) const
{
    layout_->check_size(keys, where);
    bloom_question const asked{*db_, layout_, where};
    return feed(layout_->in_module() ? feed_to_module(asked, copied(keys), generation_)
                                     : ask_all(asked, layout_->add_all(keys, generation_)),
                keys.size(), where);
}

task<> bloom_build::finish(std::source_location where) const
{
    return take_over(*db_, layout_->finish(generation_), where);
}

}  // namespace redstart::toolkit
