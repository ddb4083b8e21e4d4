#include "redstart/toolkit/limits/leased_bucket.hpp"

#include "redstart/toolkit/limits/subject_table.hpp"
#include "redstart/toolkit/operation.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace redstart::toolkit {

namespace {

using time_point = boot_clock::time_point;

// What is kept of a subject. Whoever fetches more is not disturbed by others; if he never comes back, nobody waits.
struct kept_tokens {
    time_point until{};
    time_point good_until{};  // the tokens: a fetch that comes to nothing does not keep them longer
    std::uint32_t left = 0;
    bool is_fetching = false;
    limit_decision last;
};

task<limit_decision> ready(limit_decision decided) { co_return decided; }

lease_options checked(token_bucket const& bucket, lease_options options,
                      std::source_location const& where)
{
    if (options.tokens == 0 || options.tokens > bucket.options().burst)
        throw toolkit_detail::invalid_argument("a lease has 1 token to the burst of its bucket",
                                               where);
    if (options.keep <= boot_clock::duration::zero())
        throw toolkit_detail::invalid_argument("a lease is kept for a time above 0", where);
    return options;
}

}  // namespace

struct leased_bucket::state {
    state(token_bucket const& taken, lease_options const& chosen)
        : bucket{taken}, options{chosen}, kept{chosen.subjects}
    {
    }

    struct step {
        std::optional<limit_decision> decided;
        bool is_mine_to_fetch = false;
    };
    // From what is here, if that suffices.
    step take(std::string_view subject, std::uint32_t cost)
    {
        return kept.find_or_make(subject, [&](kept_tokens* of, time_point now) -> step {
            if (!of)
                return {};
            if (of->left >= cost && now < of->good_until) {
                of->left -= cost;
                auto decided = of->last;
                decided.remaining += of->left;
                return {.decided = decided};
            }
            if (of->is_fetching)
                return {};
            of->is_fetching = true;
            of->until = deadline_after(now, options.keep);
            return {.decided = {}, .is_mine_to_fetch = true};
        });
    }
    // What was left before did not suffice for one call: it goes, and no token is kept too long.
    limit_decision keep(std::string_view subject, std::uint32_t cost, token_grant const& got,
                        time_point asked_at)
    {
        auto decided = got.decision;
        if (got.taken == 0)
            return decided;
        kept.find_or_make(subject, [&](kept_tokens* of, time_point) {
            if (!of)
                return;
            of->left = got.taken - cost;
            of->until = of->good_until = deadline_after(asked_at, options.keep);
            of->last = got.decision;
            decided.remaining += of->left;
        });
        return decided;
    }
    void fetched(std::string_view subject) noexcept
    {
        kept.find(subject, [](kept_tokens* of, time_point) {
            if (of)
                of->is_fetching = false;
        });
    }

    static task<limit_decision> fetch(std::shared_ptr<state> from, std::string subject,
                                      std::uint32_t cost, std::source_location where);

    token_bucket const bucket;
    lease_options const options;
    // Nobody who comes with many names makes others lose what they have.
    toolkit_detail::subject_table<kept_tokens, toolkit_detail::when_full::remember_no_more> kept;
};

task<limit_decision> leased_bucket::state::fetch(std::shared_ptr<state> from, std::string subject,
                                                 std::uint32_t cost, std::source_location where)
{
    struct fetching {
        ~fetching() { from.fetched(subject); }
        state& from;
        std::string const& subject;
    } const until_it_ends{*from, subject};
    auto const asked_at = boot_clock::now();
    auto const got = co_await from->bucket.acquire_between(
        subject, cost, std::max(cost, from->options.tokens), where);
    co_return from->keep(subject, cost, got, asked_at);
}

leased_bucket::leased_bucket(token_bucket bucket, lease_options options, std::source_location where)
    : state_{std::make_shared<state>(bucket, checked(bucket, options, where))}
{
}

task<limit_decision> leased_bucket::acquire(std::string_view subject, std::uint32_t cost,
                                            std::source_location where) const
{
    if (cost == 0)
        return peek(subject, where);
    auto const [decided, is_mine_to_fetch] = state_->take(subject, cost);
    if (decided)
        return ready(*decided);
    if (!is_mine_to_fetch)
        return state_->bucket.acquire(subject, cost, where);
    return state::fetch(state_, std::string{subject}, cost, where);
}

task<limit_decision> leased_bucket::peek(std::string_view subject, std::source_location where) const
{
    return state_->bucket.peek(subject, where);
}

limit_policy leased_bucket::policy() const { return state_->bucket.policy(); }

}  // namespace redstart::toolkit
