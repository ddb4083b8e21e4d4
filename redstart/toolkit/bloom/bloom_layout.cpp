#include "redstart/toolkit/bloom/bloom_layout.hpp"

#include "redstart/codec/number.hpp"
#include "redstart/command/hashes.hpp"
#include "redstart/toolkit/operation.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace redstart::toolkit::toolkit_detail {

namespace {

// One script does no more, so that a large batch does not keep the server from others.
constexpr std::size_t keys_in_a_script = 100;

// A module chooses its own.
bloom_shape shape_of(bloom_filter_options const& options, std::source_location const& where)
{
    auto const own = bloom_shape_for(options.capacity, options.false_positive_rate, where);
    return options.storage == bloom_storage::module ? bloom_shape{.shards = 1} : own;
}

std::string config_of(bloom_filter_options const& options, bloom_shape const& shape)
{
    bool const in_module = options.storage == bloom_storage::module;
    std::string text = in_module ? "layout=module" : "layout=1";
    text += " capacity=" + std::to_string(options.capacity) + " rate=";
    codec::append_real(options.false_positive_rate, text);
    if (in_module)
        return text;
    text += " bits=" + std::to_string(shape.bits()) + " k=" + std::to_string(shape.bits_per_key) +
            " shards=" + std::to_string(shape.shards) + " seed=" + std::to_string(options.seed);
    return text;
}

// One after the other, so that no command is larger than `keys_in_a_script` allows.
template <class Make>
std::vector<command<bloom_numbers>> in_pieces(std::span<std::string const> keys, Make make)
{
    std::vector<command<bloom_numbers>> pieces;
    while (!keys.empty()) {
        auto const piece = keys.first(std::min(keys.size(), keys_in_a_script));
        pieces.push_back(make(piece));
        keys = keys.subspan(piece.size());
    }
    return pieces;
}

std::uint64_t number_in(std::optional<std::string> const& field)
{
    std::uint64_t number = 0;
    if (field)
        static_cast<void>(codec::read_integer(*field, number));
    return number;
}

}  // namespace

// The bits of some keys, and the shards that these lie in, each once.
class bloom_layout::placed_keys {
public:
    explicit placed_keys(bloom_layout const& layout)
        : layout_{layout}, positions_(layout.shape_.bits_per_key)
    {
    }

    void place(std::string_view key)
    {
        auto const shard = layout_.shape_.place(key, layout_.options_.seed, positions_);
        auto const known = std::ranges::find(shards_, shard);
        arguments_.push_back(static_cast<std::uint64_t>(known - shards_.begin()) + 1);
        if (known == shards_.end())
            shards_.push_back(shard);
        arguments_.insert(arguments_.end(), positions_.begin(), positions_.end());
    }

    command<bloom_numbers> check() const
    {
        auto const& k = layout_.shape_.bits_per_key;
        return finished(
            bloom_check()(keys(layout_.meta_, layout_.both_sides(shards_)), layout_.config_, k));
    }
    command<bloom_numbers> add(std::uint64_t only) const
    {
        auto const& k = layout_.shape_.bits_per_key;
        return finished(bloom_add()(keys(layout_.meta_, layout_.both_sides(shards_)),
                                    layout_.config_, k, only));
    }

private:
    command<bloom_numbers> finished(command<bloom_numbers> begun) const
    {
        for (auto const each : arguments_)
            begun.add(each);
        return begun;
    }

    bloom_layout const& layout_;
    std::vector<std::uint64_t> positions_;  // of the last key
    std::vector<std::uint32_t> shards_;
    std::vector<std::uint64_t> arguments_;
};

bloom_layout::bloom_layout(bloom_filter_options options, std::source_location const& where)
    : options_{std::move(options)}, shape_{shape_of(options_, where)},
      config_{config_of(options_, shape_)}, space_{options_.prefix, "bloom", where},
      meta_{space_.key_of<hash<std::string, std::string>>(options_.name)}
{
}

void bloom_layout::refuse(other_options const& other, std::source_location const& where) const
{
    if (!other || *other == config_)
        return;
    throw failure{{.code = failure_code::invalid_argument,
                   .outcome = outcome::refused,
                   .command = {},
                   .reason = "the Bloom filter was made with other options: it has " + *other +
                             "; wanted are " + config_,
                   .server_text = {}},
                  where};
}

key<std::string> bloom_layout::shard_key(std::uint32_t shard, bool odd) const
{
    return space_.key_of<std::string>(options_.name, (odd ? ":b:" : ":a:") + std::to_string(shard));
}

std::vector<key<std::string>> bloom_layout::both_sides(std::span<std::uint32_t const> shards) const
{
    std::vector<key<std::string>> all;
    all.reserve(2 * shards.size());
    for (auto const each : shards) {
        all.push_back(shard_key(each, false));
        all.push_back(shard_key(each, true));
    }
    return all;
}

std::vector<key<std::string>> bloom_layout::all_keys() const
{
    std::vector<std::uint32_t> shards(shape_.shards);
    std::iota(shards.begin(), shards.end(), 0U);
    return both_sides(shards);
}

command<bloom_numbers> bloom_layout::check(std::string_view key) const
{
    placed_keys placed{*this};
    placed.place(key);
    return placed.check();
}

command<bloom_numbers> bloom_layout::add(std::string_view key) const
{
    placed_keys placed{*this};
    placed.place(key);
    return placed.add(0);
}

void bloom_layout::check_size(std::span<std::string const> batch,
                              std::source_location const& where) const
{
    if (batch.size() > options_.max_batch)
        throw invalid_argument("a batch has more keys than max_batch", where);
}

std::vector<command<bloom_numbers>> bloom_layout::check_all(std::span<std::string const> keys) const
{
    return in_pieces(keys, [this](std::span<std::string const> piece) {
        placed_keys placed{*this};
        for (auto const& each : piece)
            placed.place(each);
        return placed.check();
    });
}

std::vector<command<bloom_numbers>> bloom_layout::add_all(std::span<std::string const> keys,
                                                          std::uint64_t only) const
{
    return in_pieces(keys, [this, only](std::span<std::string const> piece) {
        placed_keys placed{*this};
        for (auto const& each : piece)
            placed.place(each);
        return placed.add(only);
    });
}

command<bloom_generation> bloom_layout::begin() const
{
    return bloom_begin()(keys(meta_, all_keys()), config_);
}

command<bloom_generation> bloom_layout::erase() const
{
    return bloom_erase()(keys(meta_, all_keys()), config_);
}

std::vector<command<std::int64_t>> bloom_layout::allocate(std::uint64_t generation) const
{
    auto const last_bit = bloom_shape::head_bits + shape_.shard_bits - 1;
    std::vector<command<std::int64_t>> each;
    each.reserve(shape_.shards);
    for (std::uint32_t i = 0; i < shape_.shards; ++i)
        each.push_back(
            bloom_allocate()(keys(meta_, shard_key(i, generation % 2 != 0)), generation, last_bit));
    return each;
}

command<std::int64_t> bloom_layout::open(std::uint64_t generation) const
{
    return bloom_open()(keys(meta_), generation);
}

command<std::int64_t> bloom_layout::finish(std::uint64_t generation) const
{
    auto const& script = in_module() ? bloom_finish_in_module() : bloom_finish();
    return script(keys(meta_, all_keys()), generation);
}

command<std::vector<std::optional<std::string>>> bloom_layout::metadata() const
{
    return hmget(meta_, {"config", "live", "next", "making", "since"});
}

bloom_generations bloom_layout::read(std::vector<std::optional<std::string>> const& metadata,
                                     std::source_location const& where) const
{
    refuse(metadata.at(0), where);
    return {.live = number_in(metadata.at(1)),
            .next = number_in(metadata.at(2)),
            .making = number_in(metadata.at(3)),
            .since_us = number_in(metadata.at(4))};
}

bloom_report bloom_layout::begin_report(bloom_generations const& known) const
{
    bloom_report begun;
    begun.generation = known.live;
    begun.building = std::max(known.next, known.making);
    begun.building_since_ms = static_cast<std::int64_t>(known.since_us / 1000);
    begun.capacity = options_.capacity;
    begun.false_positive_rate = options_.false_positive_rate;
    begun.bits_per_key = shape_.bits_per_key;
    begun.shards = shape_.shards;
    begun.bits = shape_.bits();
    return begun;
}

command<std::int64_t> bloom_layout::count(std::uint32_t shard) const
{
    return bloom_count()(keys(meta_, both_sides({&shard, 1})));
}

}  // namespace redstart::toolkit::toolkit_detail
