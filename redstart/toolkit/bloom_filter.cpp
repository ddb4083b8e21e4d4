#include "redstart/toolkit/bloom_filter.hpp"

#include "redstart/codec/number.hpp"
#include "redstart/toolkit/bloom_layout.hpp"
#include "redstart/toolkit/operation.hpp"

#include <algorithm>

namespace redstart::toolkit {

namespace {

using namespace toolkit_detail;
using shared_layout = std::shared_ptr<bloom_layout const>;
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

// Who asks, and where.
struct question {
    client& db;
    shared_layout layout;
    std::source_location where;
};

// In the order of the keys. All in one round trip; the first failure is thrown when all are answered.
task<std::vector<std::int64_t>> ask_all(question asked, numbers_commands pieces)
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
auto ask_one(question asked, command<bloom_numbers> what) -> task<decltype(Meaning(0))>
{
    auto answer = co_await asked.db.exec(std::move(what), asked.where);
    co_return Meaning(accepted(std::move(answer), *asked.layout, asked.where).at(0));
}

template <auto Meaning>
auto ask_many(question asked, numbers_commands pieces) -> task<std::vector<decltype(Meaning(0))>>
{
    auto const numbers = co_await ask_all(std::move(asked), std::move(pieces));
    std::vector<decltype(Meaning(0))> answers;
    answers.reserve(numbers.size());
    for (auto const each : numbers)
        answers.push_back(Meaning(each));
    co_return answers;
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

task<> feed(question asked, numbers_commands pieces, std::size_t keys)
{
    auto const where = asked.where;
    auto const numbers = co_await ask_all(std::move(asked), std::move(pieces));
    auto const refused = [](std::int64_t number) { return number == 2; };
    if (std::ranges::any_of(numbers, refused))
        expect_done(static_cast<std::int64_t>(bloom_step::lost), where);
    if (numbers.size() < keys)
        expect_done(static_cast<std::int64_t>(bloom_step::superseded), where);
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

std::uint64_t number_in(std::optional<std::string> const& field)
{
    std::uint64_t number = 0;
    if (field)
        static_cast<void>(codec::read_integer(*field, number));
    return number;
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

    auto const fields = answers.take(metadata).value();
    if (fields.at(0) && *fields.at(0) != layout->config())
        layout->refuse(fields.at(0), where);
    bloom_report found;
    found.generation = number_in(fields.at(1));
    found.building = std::max(number_in(fields.at(2)), number_in(fields.at(3)));
    found.building_since_ms = static_cast<std::int64_t>(number_in(fields.at(4)) / 1000);
    found.capacity = layout->options().capacity;
    found.false_positive_rate = layout->options().false_positive_rate;
    found.bits_per_key = shape.bits_per_key;
    found.shards = shape.shards;
    found.bits = shape.bits();
    std::vector<std::int64_t> counts;
    for (auto const each : shards)
        counts.push_back(answers.take(each).value());
    add_up(counts, shape, found);
    co_return found;
}

}  // namespace

bloom_filter::bloom_filter(client& db, bloom_filter_options options, std::source_location where)
    : db_{&db}, layout_{std::make_shared<bloom_layout const>(std::move(options), where)}
{
}

bloom_filter_options const& bloom_filter::options() const noexcept { return layout_->options(); }
bloom_shape const& bloom_filter::shape() const noexcept { return layout_->shape(); }

task<bloom_addition> bloom_filter::add(std::string_view key, std::source_location where) const
{
    return ask_one<&addition_of>({*db_, layout_, where}, layout_->add(key));
}

task<std::vector<bloom_addition>> bloom_filter::add_all(std::span<std::string const> keys,
                                                        std::source_location where) const
{
    return ask_many<&addition_of>({*db_, layout_, where}, layout_->add_all(keys, 0, where));
}

task<bloom_answer> bloom_filter::might_contain(std::string_view key,
                                               std::source_location where) const
{
    return ask_one<&answer_of>({*db_, layout_, where}, layout_->check(key));
}

task<std::vector<bloom_answer>> bloom_filter::might_contain_all(std::span<std::string const> keys,
                                                                std::source_location where) const
{
    return ask_many<&answer_of>({*db_, layout_, where}, layout_->check_all(keys, where));
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
    return make_report(*db_, layout_, where);
}

task<bloom_build> bloom_build::begin(client& db, shared_layout layout, std::source_location where)
{
    auto const [other, number] = co_await db.exec(layout->begin(), where);
    layout->refuse(other, where);
    auto const generation = static_cast<std::uint64_t>(number);
    // Each shard is a command of its own: the server writes its 8 MB of zeros at once.
    for (auto& each : co_await db.exec(layout->allocate(generation), where)) {
        if (!each)
            throw std::move(each).error();
        expect_done(*each, where);
    }
    expect_done(co_await db.exec(layout->open(generation), where), where);
    co_return bloom_build{db, std::move(layout), generation};
}

task<> bloom_build::add_all(std::span<std::string const> keys, std::source_location where) const
{
    return feed({*db_, layout_, where}, layout_->add_all(keys, generation_, where), keys.size());
}

task<> bloom_build::finish(std::source_location where) const
{
    return take_over(*db_, layout_->finish(generation_), where);
}

}  // namespace redstart::toolkit
