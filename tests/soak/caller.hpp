// A caller: one coroutine that does one random operation after the other through a client, now and then with no time
// for it or a change of mind, and holds every answer against what it knows.

#pragma once

#include "redstart/client/client.hpp"
#include "tests/soak/channel_oracle.hpp"
#include "tests/soak/journal.hpp"
#include "tests/soak/oracle.hpp"
#include "tests/soak/queue_oracle.hpp"

#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace redstart::soak {

class caller;

// A kind of operation. Another one is a function and a line in operations.cpp.
struct operation {
    std::string_view name;
    unsigned weight;                    // how often, in relation to the others
    std::int64_t (*commands)(caller&);  // how many the next one will be
    task<> (*run)(caller&, std::int64_t commands);
};

std::vector<operation> const& operations();

class caller {
public:
    // All outlive the caller. Its keys begin with its name.
    caller(client& db, std::string name, std::uint64_t seed, journal& shared);
    caller(caller const&) = delete;
    caller& operator=(caller const&) = delete;
    ~caller() = default;

    // Until the journal says that it is enough.
    task<> run();

    // ---- for operations ----

    client& db() noexcept { return db_; }
    std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
    std::string const& name() const noexcept { return name_; }
    std::string unique_text() { return name_ + "/" + std::to_string(++texts_said_); }

    counter_oracle& counter() noexcept { return counter_; }
    pair_oracle& pair() noexcept { return pair_; }
    queue_oracle& queue() noexcept { return queue_; }
    channel_oracle& channel() noexcept { return channel_; }
    // Of that channel; absent while nobody listens.
    std::optional<subscription<std::string>>& news() noexcept { return news_; }
    text_oracle& any_text() noexcept { return texts_[below(texts_.size())]; }
    std::vector<text_oracle>& texts() noexcept { return texts_; }
    text_oracle& large() noexcept { return large_; }

    // How an operation ended: each begun command is told of once.
    void acknowledged(std::int64_t commands = 1) { mine().acknowledged += commands; }
    void failed(failure const& why, std::int64_t commands = 1);
    void expect(bool holds, std::string_view what);
    void expect_nothing_wrong(std::string const& wrong);

    // ---- when it has ended ----

    tally const& tally_of(std::size_t operation) const { return tallies_[operation]; }
    std::string const& counter_key() const noexcept { return counter_.key(); }
    std::string check_counter(std::int64_t value) const { return counter_.check_at_the_end(value); }
    pair_oracle const& pair() const noexcept { return pair_; }
    queue_oracle const& queue() const noexcept { return queue_; }
    std::vector<text_oracle const*> all_texts() const;

private:
    tally& mine() noexcept { return tallies_[current_]; }
    std::size_t choose();

    client& db_;
    std::string name_;
    std::mt19937_64 random_;
    journal& journal_;
    std::vector<tally> tallies_;
    std::size_t current_ = 0;  // operation
    std::uint64_t texts_said_ = 0;
    counter_oracle counter_;
    pair_oracle pair_;
    queue_oracle queue_;
    channel_oracle channel_;
    std::optional<subscription<std::string>> news_;
    std::vector<text_oracle> texts_;
    text_oracle large_;
};

}  // namespace redstart::soak
