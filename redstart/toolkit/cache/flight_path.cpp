#include "redstart/toolkit/cache/flight_path.hpp"

#include "redstart/base/backoff.hpp"
#include "redstart/base/random.hpp"
#include "redstart/task/sleep.hpp"
#include "redstart/task/within.hpp"
#include "redstart/toolkit/cache/cache_lease.hpp"
#include "redstart/toolkit/operation.hpp"

namespace redstart::toolkit::toolkit_detail {

namespace {

using std::chrono::microseconds;

constexpr backoff_options between_questions{.first = std::chrono::milliseconds{4},
                                            .limit = std::chrono::milliseconds{100}};

// Until when the load may take, and what was measured of it.
struct load_time {
    boot_clock::time_point deadline;
    microseconds cost{};
};

task<> cancel_point()
{
    auto const here = co_await this_context{};
    if (here.is_cancelled())
        throw cancelled_failure();
}

class flight_path {
public:
    explicit flight_path(flight_parts with)
        : with_{with}, options_{with.store.options()},
          keys_{with.store.entry_key(with.asked.name), with.store.lease_key(with.asked.name)}
    {
    }

    task<shared_value> follow();

    bool asked_for_lease() const noexcept { return asked_for_lease_; }
    task<> release();

private:
    enum class next_step : std::uint8_t { load, load_alone, ask_again, finish };

    task<next_step> ask();
    task<next_step> take(std::string bytes);
    task<shared_value> load(load_time& time);
    task<shared_value> load_and_fill();
    task<std::optional<std::string>> tag_tokens();
    task<> fill(envelope written);
    boot_clock::time_point now() const { return scheduler::current()->now(); }

    flight_parts with_;
    cache_options const& options_;
    lease_keys keys_;
    std::string token_ = random_token();
    std::optional<std::string> text_{};  // of what was loaded
    boot_clock::time_point asked_at_{};
    bool asked_for_lease_ = false;
    bool may_hold_lease_ = false;  // it was asked for, and the answer was lost
    shared_value found_{};
};

// ---- The lease ----------------------------------------------------------------------------------

task<flight_path::next_step> flight_path::ask()
{
    asked_at_ = now();
    asked_for_lease_ = true;
    std::optional<lease_reply> answer;
    try {
        answer = co_await within(
            options_.operation_timeout,
            send(with_.store.db(),
                 ask_lease(keys_, {with_.asked.seen, token_, options_.load_timeout}),
                 std::source_location::current()));
    } catch (failure const& why) {
        with_.store.count(cache_event::error);
        may_hold_lease_ = why.outcome() == outcome::maybe_applied;
    }
    if (!answer) {
        co_await cancel_point();
        co_return next_step::load_alone;
    }
    auto& [granted, is_there, told, changed] = *answer;
    with_.store.hear_time(told, asked_at_);
    if (granted)
        co_return next_step::load;
    if (changed)
        co_return co_await take(*std::move(changed));
    if (!is_there) {
        // Somebody invalidated what was seen: it serves no longer.
        with_.asked.usable = nullptr;
        with_.asked.seen = std::nullopt;
    }
    found_ = with_.asked.usable;
    co_return found_ ? next_step::finish : next_step::ask_again;
}

// Another entry than was seen: whoever wrote it may have saved us the load.
task<flight_path::next_step> flight_path::take(std::string bytes)
{
    cache_reading reading;
    reading.bytes = std::move(bytes);
    with_.asked.seen = reading.header();
    with_.asked.usable = nullptr;
    with_.store.judge(reading, std::source_location::current());
    cache_reading* const one = &reading;
    if (!reading.failed && !reading.found.tags.empty())
        co_await within(options_.operation_timeout,
                        with_.store.tags().judge({&one, 1}, std::source_location::current()));
    if (reading.failed || reading.state == cache_state::miss)
        co_return next_step::ask_again;
    if (reading.has_value()) {
        auto value = with_.asked.source.read(reading.found.value);
        if (!value)
            co_return next_step::ask_again;
        if (reading.state == cache_state::stale) {
            with_.asked.usable = std::move(value);
            co_return next_step::ask_again;
        }
        found_ = std::move(value);
    }
    co_return next_step::finish;
}

// ---- The load -----------------------------------------------------------------------------------

task<shared_value> flight_path::load(load_time& time)
{
    auto const left = time.deadline - now();
    co_await within(left, with_.gate.enter());
    load_gate::visit const inside{with_.gate};
    auto const began = boot_clock::now();  // the loop's own stands still while a loader computes
    loaded_value loaded;
    try {
        loaded = co_await within(time.deadline - began, with_.asked.source.load(with_.asked.name));
    } catch (...) {
        with_.store.count(cache_event::failed_load);
        throw;
    }
    with_.store.count(cache_event::load);
    time.cost = std::chrono::ceil<microseconds>(boot_clock::now() - began);
    text_ = std::move(loaded.text);
    co_return std::move(loaded.value);
}

// Of before the load, so that an invalidation during it counts. Nothing: the server failed.
task<std::optional<std::string>> flight_path::tag_tokens()
{
    if (with_.asked.tokens.size() == with_.asked.as.tags.size())
        co_return to_bytes(with_.asked.tokens);
    std::optional<std::string> tokens;
    try {
        tokens = co_await within(
            options_.operation_timeout,
            with_.store.tags().tokens(with_.asked.as.tags, std::source_location::current()));
    } catch (failure const&) {
        with_.store.count(cache_event::error);
    }
    if (!tokens)
        co_await cancel_point();
    co_return tokens;
}

task<shared_value> flight_path::load_and_fill()
{
    load_time time{.deadline = asked_at_ + options_.load_timeout};
    auto const tags = co_await tag_tokens();
    auto value = co_await load(time);
    bool const is_kept = value ? text_ && text_->size() <= options_.longest_value
                               : options_.negative_ttl.count() > 0;
    if (!is_kept || !tags) {
        co_await release();
        co_return value;
    }
    envelope written{.negative = !value, .load_cost = time.cost, .tags = *tags};
    if (value)
        written.value = *text_;
    co_await fill(written);
    co_return value;
}

// Whatever becomes of it, the value is there.
task<> flight_path::fill(envelope written)
{
    auto const ttl = written.negative ? options_.negative_ttl : *with_.asked.as.ttl;
    auto const sealed = with_.store.seal_entry(written, ttl);
    try {
        bool const is_filled = co_await shielded(
            options_.operation_timeout,
            send(with_.store.db(), fill_entry(keys_, token_, sealed.bytes, sealed.ttl),
                 std::source_location::current()));
        with_.store.count(is_filled ? cache_event::fill : cache_event::refused_fill);
    } catch (failure const&) {
        with_.store.count(cache_event::error);
    }
}

// So that others need not wait until it expires; which it does if this fails.
task<> flight_path::release()
{
    try {
        co_await shielded(options_.operation_timeout,
                          send_only(with_.store.db(), release_lease(keys_, token_),
                                    std::source_location::current()));
    } catch (failure const&) {
        with_.store.count(cache_event::error);
    }
}

// ---- All of it ----------------------------------------------------------------------------------

task<shared_value> flight_path::follow()
{
    auto const patience_ends = deadline_after(now(), options_.wait);
    backoff pause{between_questions};
    auto step = with_.asked.server_answers ? co_await ask() : next_step::load_alone;
    while (step == next_step::ask_again && now() < patience_ends) {
        co_await sleep_for(pause.next());
        step = co_await ask();
    }
    if (step == next_step::finish)
        co_return found_;
    if (step == next_step::load)
        co_return co_await load_and_fill();
    load_time time{.deadline = deadline_after(now(), options_.load_timeout)};
    auto value = co_await load(time);
    if (may_hold_lease_)
        co_await release();
    co_return value;
}

}  // namespace

task<shared_value> fly(flight_parts with)
{
    flight_path path{with};
    std::exception_ptr failed;
    try {
        co_return co_await path.follow();
    } catch (...) {
        failed = std::current_exception();
    }
    if (path.asked_for_lease())
        co_await path.release();
    std::rethrow_exception(failed);
}

}  // namespace redstart::toolkit::toolkit_detail
