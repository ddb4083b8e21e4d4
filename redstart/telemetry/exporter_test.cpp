#include "redstart/telemetry/exporter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace redstart::telemetry {

namespace {

using namespace std::chrono_literals;

// Long enough that only a defect makes a test wait for it.
boot_clock::time_point soon() { return boot_clock::now() + 30s; }

// What the receiver did, shared between the test and the shipper that the exporter owns.
class fake_receiver {
public:
    void answer(shipment next) { lock(), answers_.push_back(std::move(next)); }
    void answer_always(shipment next) { lock(), standing_answer_ = std::move(next); }
    void hang() { lock(), hanging_ = true; }
    void fail_with_exception() { lock(), throwing_ = true; }
    void release()
    {
        lock(), hanging_ = false;
        changed_.notify_all();
    }

    shipment receive(std::span<span_record const> batch, std::chrono::milliseconds timeout)
    {
        std::unique_lock held{mutex_};
        attempts_.emplace_back();
        for (auto const& span : batch)
            attempts_.back().push_back(span.name);
        timeouts_.push_back(timeout);
        changed_.notify_all();
        changed_.wait(held, [&] { return !hanging_ || cancelled_; });
        if (throwing_)
            throw std::runtime_error{"broken"};
        if (cancelled_)
            return {shipment_outcome::failed, 0, "cancelled", {}, {}};
        if (answers_.empty())
            return standing_answer_;
        auto next = std::move(answers_.front());
        answers_.pop_front();
        return next;
    }
    void cancel()
    {
        lock(), cancelled_ = true;
        changed_.notify_all();
    }

    bool wait_for_attempts(std::size_t count)
    {
        std::unique_lock held{mutex_};
        return changed_.wait_until(held, soon(), [&] { return attempts_.size() >= count; });
    }
    std::vector<std::vector<std::string>> attempts() { return lock(), attempts_; }
    std::vector<std::chrono::milliseconds> timeouts() { return lock(), timeouts_; }
    bool was_cancelled() { return lock(), cancelled_; }

private:
    std::unique_lock<std::mutex> lock() { return std::unique_lock{mutex_}; }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<shipment> answers_;
    shipment standing_answer_;
    std::vector<std::vector<std::string>> attempts_;
    std::vector<std::chrono::milliseconds> timeouts_;
    bool hanging_ = false;
    bool throwing_ = false;
    bool cancelled_ = false;
};

class fake_shipper final : public span_shipper {
public:
    explicit fake_shipper(fake_receiver& receiver) : receiver_{receiver} {}
    shipment ship(std::span<span_record const> batch, std::chrono::milliseconds timeout) override
    {
        return receiver_.receive(batch, timeout);
    }
    void cancel() noexcept override { receiver_.cancel(); }
    std::string_view type() const noexcept override { return "fake_exporter"; }
    std::string_view target() const noexcept override { return "the test"; }

private:
    fake_receiver& receiver_;
};

// An exporter that sends only full batches and what is flushed.
exporter_options patient()
{
    exporter_options options;
    options.batch.schedule_delay = 24h;
    options.batch.max_export_batch_size = 4;
    options.batch.max_queue_size = 8;
    options.batch.retry_first = 1ms;
    options.batch.retry_limit = 1ms;
    return options;
}

struct exporter_fixture {
    explicit exporter_fixture(exporter_options const& options = patient())
        : out{std::make_unique<fake_shipper>(receiver), logging(options), metrics}
    {
    }

    exporter_options logging(exporter_options options)
    {
        options.log = [this](std::string_view line) { lines.emplace_back(line); };
        return options;
    }

    void take(std::size_t count)
    {
        std::vector<span_record> spans(count);
        for (auto& span : spans)
            span.name = std::to_string(next++);
        out.take(std::move(spans));
    }

    double value(std::string_view family, std::string_view error_type = {}) const
    {
        for (auto const& read : metrics.read()) {
            if (read.family.name != family)
                continue;
            for (auto const& series : read.series) {
                bool const failed = series.labels.back().first == "error.type";
                if (error_type == (failed ? series.labels.back().second : ""))
                    return series.value;
            }
        }
        return -1;
    }
    double exported(std::string_view error_type = {}) const
    {
        return value("otel.sdk.exporter.span.exported", error_type);
    }
    double processed(std::string_view error_type = {}) const
    {
        return value("otel.sdk.processor.span.processed", error_type);
    }

    int next = 0;
    std::vector<std::string> lines;  // read only after flush() or shutdown()
    fake_receiver receiver;
    metrics_registry metrics;
    exporter out;
};

using batches = std::vector<std::vector<std::string>>;

shipment refusal(shipment_outcome outcome, std::string error_type)
{
    return {outcome, 0, std::move(error_type), {}, {}};
}

}  // namespace

TEST(exporter, sends_a_batch_as_soon_as_it_is_full)
{
    exporter_fixture test;
    test.take(3);
    test.take(2);
    ASSERT_TRUE(test.receiver.wait_for_attempts(1));
    EXPECT_EQ(test.receiver.attempts(), (batches{{"0", "1", "2", "3"}}));
    test.take(3);
    ASSERT_TRUE(test.receiver.wait_for_attempts(2));
    EXPECT_EQ(test.receiver.attempts().back(), (batches::value_type{"4", "5", "6", "7"}));
}

TEST(exporter, sends_what_there_is_when_the_delay_has_passed)
{
    auto options = patient();
    options.batch.schedule_delay = 1ms;
    exporter_fixture test{options};
    test.take(1);
    ASSERT_TRUE(test.receiver.wait_for_attempts(1));
    EXPECT_EQ(test.receiver.attempts(), (batches{{"0"}}));
}

TEST(exporter, flush_sends_what_there_is)
{
    exporter_fixture test;
    test.take(2);
    EXPECT_TRUE(test.out.flush(soon()));
    test.take(1);
    EXPECT_TRUE(test.out.flush(no_deadline));
    EXPECT_EQ(test.receiver.attempts(), (batches{{"0", "1"}, {"2"}}));
    EXPECT_EQ(test.exported(), 3);
    EXPECT_EQ(test.processed(), 3);
    EXPECT_TRUE(test.out.flush(boot_clock::now())) << "there is nothing to wait for";
}

TEST(exporter, flush_ends_at_its_deadline_when_the_receiver_hangs)
{
    exporter_fixture test;
    test.receiver.hang();
    test.take(1);
    EXPECT_FALSE(test.out.flush(boot_clock::now() + 1ms));
    test.receiver.release();
    EXPECT_TRUE(test.out.flush(soon()));
}

TEST(exporter, what_does_not_fit_is_dropped_and_counted)
{
    exporter_fixture test;
    test.receiver.hang();
    test.take(4);
    ASSERT_TRUE(test.receiver.wait_for_attempts(1));
    test.take(6);
    test.take(5);
    EXPECT_EQ(test.processed("queue_full"), 3);
    EXPECT_EQ(test.value("otel.sdk.processor.span.queue.size"), 8);
    EXPECT_EQ(test.value("otel.sdk.processor.span.queue.capacity"), 8);
    test.receiver.release();
    EXPECT_TRUE(test.out.shutdown(soon()));
    EXPECT_EQ(test.receiver.attempts(),
              (batches{{"0", "1", "2", "3"}, {"4", "5", "6", "7"}, {"8", "9", "10", "11"}}));
    EXPECT_EQ(test.exported(), 12);
    EXPECT_EQ(test.value("otel.sdk.processor.span.queue.size"), 0);
    EXPECT_THAT(test.lines,
                testing::ElementsAre("3 spans were dropped because too many were waiting"));
}

TEST(exporter, shutdown_sends_everything_and_takes_nothing_more)
{
    exporter_fixture test;
    test.take(7);
    EXPECT_TRUE(test.out.shutdown(soon()));
    EXPECT_EQ(test.receiver.attempts(), (batches{{"0", "1", "2", "3"}, {"4", "5", "6"}}));
    test.take(2);
    EXPECT_EQ(test.processed("already_shutdown"), 2);
    EXPECT_TRUE(test.out.shutdown(soon())) << "a second one changes nothing";
    EXPECT_TRUE(test.out.flush(soon()));
    EXPECT_EQ(test.receiver.attempts().size(), 2U);
    EXPECT_FALSE(test.receiver.was_cancelled());
}

TEST(exporter, shutdown_ends_at_its_deadline_when_the_receiver_hangs)
{
    exporter_fixture test;
    test.receiver.hang();
    test.take(7);
    ASSERT_TRUE(test.receiver.wait_for_attempts(1));
    EXPECT_FALSE(test.out.shutdown(boot_clock::now() + 1ms));
    EXPECT_TRUE(test.receiver.was_cancelled());
    EXPECT_EQ(test.exported("cancelled"), 4);
    EXPECT_EQ(test.processed("already_shutdown"), 3);
    EXPECT_EQ(test.receiver.attempts().size(), 1U);
    EXPECT_FALSE(test.out.shutdown(soon()));
}

TEST(exporter, the_destructor_waits_for_no_receiver)
{
    fake_receiver receiver;
    metrics_registry metrics;
    receiver.hang();
    {
        exporter out{std::make_unique<fake_shipper>(receiver), patient(), metrics};
        out.take(std::vector<span_record>(4));
        ASSERT_TRUE(receiver.wait_for_attempts(1));
    }
    EXPECT_TRUE(receiver.was_cancelled());
}

TEST(exporter, an_attempt_never_gets_more_time_than_there_is)
{
    auto options = patient();
    options.request_timeout = 5s;
    exporter_fixture test{options};
    test.take(4);
    ASSERT_TRUE(test.receiver.wait_for_attempts(1));
    EXPECT_EQ(test.receiver.timeouts().front(), 5s);

    options.batch.export_timeout = 2s;
    exporter_fixture short_of_time{options};
    short_of_time.take(4);
    ASSERT_TRUE(short_of_time.receiver.wait_for_attempts(1));
    EXPECT_LE(short_of_time.receiver.timeouts().front(), 2s);
}

TEST(exporter, a_batch_is_sent_again_while_the_receiver_is_busy)
{
    exporter_fixture test;
    for (int i = 0; i < 3; ++i)
        test.receiver.answer(refusal(shipment_outcome::try_again, "503"));
    test.take(2);
    EXPECT_TRUE(test.out.flush(soon()));
    EXPECT_EQ(test.receiver.attempts(), (batches(4, {"0", "1"})));
    EXPECT_EQ(test.exported(), 2);
    EXPECT_EQ(test.exported("503"), -1) << "what succeeds in the end is no failure";
    EXPECT_THAT(test.lines, testing::IsEmpty());
}

TEST(exporter, a_batch_is_given_up_when_its_time_is_over)
{
    auto options = patient();
    options.batch.export_timeout = 5ms;
    exporter_fixture test{options};
    test.receiver.answer_always(refusal(shipment_outcome::try_again, "503"));
    test.take(2);
    EXPECT_TRUE(test.out.flush(soon()));
    EXPECT_EQ(test.exported(), 0);
    EXPECT_EQ(test.exported("503"), 2);
}

TEST(exporter, a_pause_that_the_receiver_asks_for_counts)
{
    exporter_fixture test;
    auto busy = refusal(shipment_outcome::try_again, "429");
    busy.wait = 24h;
    test.receiver.answer(busy);
    test.take(1);
    EXPECT_TRUE(test.out.flush(soon())) << "it is longer than the batch may take, so it is lost";
    EXPECT_EQ(test.receiver.attempts().size(), 1U);
    EXPECT_EQ(test.exported("429"), 1);
}

TEST(exporter, nothing_is_sent_again_during_shutdown)
{
    auto options = patient();
    options.batch.retry_first = options.batch.retry_limit = 24h;
    options.batch.export_timeout = 72h;
    exporter_fixture test{options};
    test.receiver.answer(refusal(shipment_outcome::try_again, "connection_failed"));
    test.receiver.answer(refusal(shipment_outcome::try_again, "connection_failed"));
    test.take(7);
    EXPECT_TRUE(test.out.shutdown(soon()));
    EXPECT_EQ(test.exported("connection_failed"), 7);
    EXPECT_FALSE(test.receiver.was_cancelled());
}

TEST(exporter, what_cannot_succeed_is_not_sent_again)
{
    exporter_fixture test;
    test.receiver.answer(refusal(shipment_outcome::failed, "400"));
    test.take(2);
    EXPECT_TRUE(test.out.flush(soon()));
    EXPECT_EQ(test.receiver.attempts().size(), 1U);
    EXPECT_EQ(test.exported("400"), 2);
    EXPECT_THAT(test.lines, testing::ElementsAre("2 spans did not reach the test (400)"));
}

TEST(exporter, spans_that_the_receiver_rejects_are_counted_apart)
{
    exporter_fixture test;
    shipment partly;
    partly.rejected = 1;
    test.receiver.answer(partly);
    test.take(4);
    EXPECT_TRUE(test.out.flush(soon()));
    EXPECT_EQ(test.exported(), 3);
    EXPECT_EQ(test.exported("rejected"), 1);
}

TEST(exporter, a_shipper_that_throws_costs_its_batch_only)
{
    exporter_fixture test;
    test.receiver.fail_with_exception();
    test.take(1);
    EXPECT_TRUE(test.out.flush(soon()));
    EXPECT_EQ(test.exported("exception"), 1);
}

TEST(exporter, the_log_gets_one_line_for_many_failures)
{
    auto options = patient();
    options.log_interval = 24h;
    exporter_fixture test{options};
    for (int i = 0; i < 5; ++i) {
        test.receiver.answer(refusal(shipment_outcome::failed, "500"));
        test.take(1);
        EXPECT_TRUE(test.out.flush(soon()));
    }
    EXPECT_THAT(test.lines, testing::ElementsAre("1 spans did not reach the test (500)"));
    EXPECT_EQ(test.exported("500"), 5);
}

TEST(exporter, samples_as_its_sampler_says)
{
    exporter_fixture const on;
    exporter_options nothing;
    nothing.sampling.root = sampling::always_off;
    exporter_fixture const off{nothing};
    auto const started = trace_context{}.child();
    EXPECT_TRUE(on.out.samples(nullptr, started));
    EXPECT_FALSE(off.out.samples(nullptr, started));
}

TEST(exporter, many_threads_lose_nothing_that_is_not_counted)
{
    exporter_options options;
    options.batch.schedule_delay = 1ms;
    options.batch.max_queue_size = 64;
    options.batch.max_export_batch_size = 16;
    exporter_fixture test{options};
    constexpr int threads = 4;
    constexpr int rounds = 500;
    {
        std::vector<std::jthread> loops;
        for (int i = 0; i < threads; ++i) {
            loops.emplace_back([&] {
                for (int round = 0; round < rounds; ++round)
                    test.out.take(std::vector<span_record>(3));
            });
        }
    }
    EXPECT_TRUE(test.out.shutdown(soon()));
    std::size_t received = 0;
    for (auto const& batch : test.receiver.attempts()) {
        EXPECT_LE(batch.size(), 16U);
        received += batch.size();
    }
    EXPECT_EQ(static_cast<double>(received), test.exported());
    EXPECT_EQ(test.exported() + test.processed("queue_full"), threads * rounds * 3.0);
}

}  // namespace redstart::telemetry
