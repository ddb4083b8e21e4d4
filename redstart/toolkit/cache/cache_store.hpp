// The body of cache<T>: entries as bytes, one part for each loop.

#pragma once

#include "redstart/client/client.hpp"
#include "redstart/command/strings.hpp"
#include "redstart/toolkit/cache/cache_counters.hpp"
#include "redstart/toolkit/cache/cache_options.hpp"
#include "redstart/toolkit/cache/cache_tags.hpp"
#include "redstart/toolkit/cache/envelope.hpp"
#include "redstart/toolkit/clock_reading.hpp"
#include "redstart/toolkit/key_space.hpp"

#include <deque>
#include <expected>
#include <memory>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace redstart::toolkit::toolkit_detail {

// What was read of an entry. Stays where it is: the envelope refers to the bytes.
struct cache_reading {
    cache_reading() = default;
    cache_reading(cache_reading const&) = delete;
    cache_reading& operator=(cache_reading const&) = delete;

    bool has_value() const noexcept
    {
        return state == cache_state::hit || state == cache_state::stale;
    }
    void forget_value() noexcept
    {
        state = cache_state::miss;
        fresh_for = std::nullopt;
    }
    // By which a script knows it from another entry.
    std::string header() const { return bytes.substr(0, envelope::header_bytes); }

    cache_state state = cache_state::miss;
    envelope found;
    tag_list tokens;  // of the tags that were asked for along with it, if they have one
    std::optional<std::chrono::milliseconds> fresh_for;
    std::string bytes;
    std::string room;
    std::optional<failure> failed;  // only where it is not thrown
};

// One entry to be written: its value as text.
struct cache_writing {
    std::string name;
    key<std::string> entry;
    key<std::string> lease;
    std::string text;
};

// What is stored, and how long.
struct sealed_entry {
    std::string bytes;
    std::optional<std::chrono::milliseconds> ttl;
};

class cache_store {
public:
    cache_store(client& db, cache_options options, std::source_location where);
    cache_store(cache_store const&) = delete;
    cache_store& operator=(cache_store const&) = delete;

    client& db() const noexcept { return db_; }
    cache_options const& options() const noexcept { return options_; }

    key<std::string> entry_key(std::string_view name) const;
    key<std::string> lease_key(std::string_view name) const;

    std::vector<key<std::string>> entry_keys(std::vector<std::string> const& names) const;

    // The entry under `of`, into `into`, which the caller keeps, as he keeps `tags`: those that it is likely to have.
    // If it has others, that is one round trip more. Throws a failure.
    task<> read(key<std::string> of, cache_reading& into, std::vector<std::string> const& tags,
                std::source_location where);
    // The same for many, in one round trip; what failed is noted in each. Throws nothing but what ends all of them.
    task<> read_many(std::vector<key<std::string>> of, std::deque<cache_reading>& into,
                     std::source_location where);

    // As read, for somebody who can do without: what failed is noted, unless it is his own deadline or cancellation.
    // False if the server did not answer within operation_timeout.
    task<bool> try_read(key<std::string> of, cache_reading& into,
                        std::vector<std::string> const& tags, std::source_location where);
    // Whether a fresh entry should be loaded anew already: XFetch, of Vattani, Chierichetti and Lowenstein, "Optimal
    // Probabilistic Cache Stampede Prevention" (2015).
    bool is_due_early(cache_reading const& found) const noexcept;

    // Fills in what the bytes of `into` hold, and a failure if they are damaged; counts only that.
    void judge(cache_reading& into, std::source_location const& where);
    cache_tags const& tags() const noexcept { return tags_; }
    void hear_time(std::chrono::microseconds told, boot_clock::time_point asked) noexcept;
    void count(cache_event what) noexcept;

    // Throws a failure (invalid_argument) for a ttl that is not positive, or longer than 100 years but for no_expiry.
    static void check_ttl(std::chrono::milliseconds ttl, std::source_location const& where);
    // The same for tags, and with the ttl filled in.
    cache_entry_options checked(cache_entry_options asked, std::source_location const& where) const;
    cache_writing prepare(std::string_view name, std::string text,
                          std::source_location const& where) const;
    // Without a ttl for ever; jitter is taken off here. The time must be known.
    sealed_entry seal_entry(envelope filled, std::chrono::milliseconds ttl) const;
    task<> write(std::vector<cache_writing> all, cache_entry_options as,
                 std::source_location where);
    task<bool> erase(std::string name, std::source_location where);

    task<bool> exists(key<std::string> of, std::source_location where);
    task<bool> expire(key<std::string> of, std::chrono::milliseconds ttl,
                      std::source_location where);

    // Counts it, too. On a loop.
    failure damaged(std::source_location const& where);
    cache_report report() const noexcept;  // any thread

private:
    struct part {
        explicit part(cache_options const& options) : counters{options} {}
        clock_reading clock;
        cache_counters counters;
    };

    part& here() const noexcept;  // of the loop that this thread runs
    task<std::optional<std::string>> ask_more(key<std::string> of, tag_list& tokens,
                                              std::vector<std::string> const& tags,
                                              std::source_location where);
    task<> know_the_time(std::source_location where);

    client& db_;
    cache_options options_;
    key_space keys_;
    cache_tags tags_;
    std::vector<std::unique_ptr<part>> parts_;  // one for each loop
};

}  // namespace redstart::toolkit::toolkit_detail
