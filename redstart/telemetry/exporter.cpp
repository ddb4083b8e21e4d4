#include "redstart/telemetry/exporter.hpp"

#include "redstart/base/backoff.hpp"
#include "redstart/telemetry/span_queue.hpp"
#include "redstart/telemetry/trouble_report.hpp"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

namespace redstart::telemetry {

namespace {

constexpr std::string_view processor_type = "batching_span_processor";

metric_family const processed_family{
    "otel.sdk.processor.span.processed",
    "Spans that the exporter's queue passed on or, with error.type, dropped.", "{span}"};
metric_family const queue_size_family{"otel.sdk.processor.span.queue.size",
                                      "Spans that wait to be exported.", "{span}"};
metric_family const queue_capacity_family{"otel.sdk.processor.span.queue.capacity",
                                          "Spans that may wait to be exported.", "{span}"};
metric_family const exported_family{
    "otel.sdk.exporter.span.exported",
    "Spans whose export ended, without error.type if the receiver has them.", "{span}"};

metric_labels component(std::string_view type, std::string_view error_type = {})
{
    metric_labels labels{{"otel.component.name", std::string{type} + "/0"},
                         {"otel.component.type", std::string{type}}};
    if (!error_type.empty())
        labels.emplace_back("error.type", error_type);
    return labels;
}

// A condition variable cannot wait for a time beyond its own clock's range.
boot_clock::time_point bounded(boot_clock::time_point deadline)
{
    return std::min(deadline, boot_clock::now() + std::chrono::hours{24});
}

// What makes no sense is corrected: a batch has at least one span, and no more than fit into the queue.
exporter_options usable(exporter_options options)
{
    auto& batch = options.batch;
    batch.max_queue_size = std::max<std::size_t>(batch.max_queue_size, 1);
    batch.max_export_batch_size =
        std::clamp<std::size_t>(batch.max_export_batch_size, 1, batch.max_queue_size);
    options.request_timeout = std::max(options.request_timeout, std::chrono::milliseconds{1});
    return options;
}

// Signals are for the program's other threads, and a connection that breaks must not raise SIGPIPE here. The threads
// that libraries start from this one inherit that.
void become_background_thread()
{
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, nullptr);
    ::pthread_setname_np(::pthread_self(), "span-exporter");
}

}  // namespace

// Everything but the sampler. The members below the mutex are guarded by it; those above belong to the thread.
class exporter::worker {
public:
    worker(std::unique_ptr<span_shipper> shipper, exporter_options const& options,
           metrics_registry& metrics);

    void take(std::vector<span_record>&& finished);
    bool flush(boot_clock::time_point deadline);
    bool shutdown(boot_clock::time_point deadline);

private:
    void run();
    bool wait_for_batch(std::unique_lock<std::mutex>& lock);
    void ship(std::span<span_record const> batch);
    shipment attempt(std::span<span_record const> batch, boot_clock::time_point give_up);
    bool pause(boot_clock::duration wait, boot_clock::time_point give_up);
    void lost(std::size_t spans, shipment const& sent);
    void report(std::uint64_t dropped);

    std::unique_ptr<span_shipper> shipper_;
    exporter_options options_;
    metrics_registry& metrics_;
    trouble_report trouble_;
    counter& processed_;
    counter& exported_;
    std::map<std::string, counter*, std::less<>> lost_;  // by error.type

    std::mutex mutex_;
    std::condition_variable work_;      // for the thread
    std::condition_variable progress_;  // for those who flush or shut down
    span_queue queue_;
    counter& overflowed_;
    counter& too_late_;
    gauge& waiting_;
    std::uint64_t taken_ = 0;     // spans that entered the queue
    std::uint64_t settled_ = 0;   // of those: exported or given up
    std::uint64_t flush_to_ = 0;  // how far settled_ shall come without delay
    std::uint64_t overflow_to_report_ = 0;
    std::uint64_t left_behind_ = 0;  // given up at the deadline of a shutdown
    boot_clock::time_point stop_by_ = no_deadline;
    bool stopping_ = false;
    bool cancelled_ = false;
    bool ended_ = false;

    std::thread thread_;
};

exporter::worker::worker(std::unique_ptr<span_shipper> shipper, exporter_options const& options,
                         metrics_registry& metrics)
    : shipper_{std::move(shipper)}, options_{usable(options)}, metrics_{metrics},
      trouble_{shipper_->target(), options.log_interval},
      processed_{metrics.add_counter(processed_family, component(processor_type))},
      exported_{metrics.add_counter(exported_family, component(shipper_->type()))},
      queue_{options_.batch.max_queue_size},
      overflowed_{metrics.add_counter(processed_family, component(processor_type, "queue_full"))},
      too_late_{
          metrics.add_counter(processed_family, component(processor_type, "already_shutdown"))},
      waiting_{metrics.add_gauge(queue_size_family, component(processor_type))}
{
    metrics.add_gauge(queue_capacity_family, component(processor_type))
        .set(static_cast<std::int64_t>(options_.batch.max_queue_size));
    thread_ = std::thread{[this] { run(); }};
}

void exporter::worker::take(std::vector<span_record>&& finished)
{
    auto const count = finished.size();
    auto const full_batch = options_.batch.max_export_batch_size;
    bool wake = false;
    {
        std::lock_guard const lock{mutex_};
        if (stopping_) {
            too_late_.add(count);
            return;
        }
        bool const was_waiting = queue_.size() < full_batch;
        auto const overflow = queue_.add(std::move(finished));
        taken_ += count - overflow;
        overflowed_.add(overflow);
        overflow_to_report_ += overflow;
        waiting_.set(static_cast<std::int64_t>(queue_.size()));
        wake = was_waiting && queue_.size() >= full_batch;
    }
    if (wake)
        work_.notify_one();
}

bool exporter::worker::flush(boot_clock::time_point deadline)
{
    std::unique_lock lock{mutex_};
    auto const target = taken_;
    flush_to_ = target;
    work_.notify_one();
    return progress_.wait_until(lock, bounded(deadline), [&] { return settled_ >= target; });
}

bool exporter::worker::shutdown(boot_clock::time_point deadline)
{
    if (!thread_.joinable())
        return left_behind_ == 0;
    std::unique_lock lock{mutex_};
    stopping_ = true;
    stop_by_ = deadline;
    work_.notify_one();
    bool const in_time = progress_.wait_until(lock, bounded(deadline), [&] { return ended_; });
    cancelled_ = !in_time;
    work_.notify_one();
    lock.unlock();
    if (!in_time)
        shipper_->cancel();
    thread_.join();
    return left_behind_ == 0;
}

void exporter::worker::run()
{
    become_background_thread();
    std::unique_lock lock{mutex_};
    while (wait_for_batch(lock)) {
        auto const batch = queue_.remove(options_.batch.max_export_batch_size);
        waiting_.set(static_cast<std::int64_t>(queue_.size()));
        auto const dropped = std::exchange(overflow_to_report_, 0);
        lock.unlock();
        if (!batch.empty())
            ship(batch);
        report(dropped);
        lock.lock();
        settled_ += batch.size();
        progress_.notify_all();
    }
    auto const rest = queue_.size();
    too_late_.add(rest);
    left_behind_ += rest;
    settled_ += rest;
    waiting_.set(0);
    ended_ = true;
    progress_.notify_all();
}

// Until a batch is full, the delay has passed, or somebody waits for what there is. False when all work is done.
bool exporter::worker::wait_for_batch(std::unique_lock<std::mutex>& lock)
{
    auto const due = bounded(deadline_after(boot_clock::now(), options_.batch.schedule_delay));
    work_.wait_until(lock, due, [&] {
        bool const full = queue_.size() >= options_.batch.max_export_batch_size;
        return full || stopping_ || settled_ < flush_to_;
    });
    return !stopping_ || (!queue_.empty() && !cancelled_);
}

void exporter::worker::ship(std::span<span_record const> batch)
{
    processed_.add(batch.size());
    auto const give_up = bounded(deadline_after(boot_clock::now(), options_.batch.export_timeout));
    backoff pauses{{.first = options_.batch.retry_first, .limit = options_.batch.retry_limit}};
    while (true) {
        auto const sent = attempt(batch, give_up);
        if (sent.outcome == shipment_outcome::accepted) {
            auto const rejected = std::min(sent.rejected, batch.size());
            exported_.add(batch.size() - rejected);
            trouble_.shipped();
            if (rejected > 0)
                lost(rejected, {shipment_outcome::failed, 0, "rejected", sent.detail, {}});
            return;
        }
        auto const wait = std::max<boot_clock::duration>(pauses.next(), sent.wait);
        if (sent.outcome == shipment_outcome::failed || !pause(wait, give_up)) {
            lost(batch.size(), sent);
            return;
        }
    }
}

shipment exporter::worker::attempt(std::span<span_record const> batch,
                                   boot_clock::time_point give_up)
{
    auto end = give_up;
    {
        std::lock_guard const lock{mutex_};
        end = std::min(end, stop_by_);
        if (cancelled_)
            return {shipment_outcome::failed, 0, "cancelled", {}, {}};
    }
    auto const left = std::chrono::ceil<std::chrono::milliseconds>(end - boot_clock::now());
    auto const timeout = std::clamp(left, std::chrono::milliseconds{1}, options_.request_timeout);
    try {
        return shipper_->ship(batch, timeout);
    } catch (std::exception const&) {
        return {shipment_outcome::failed, 0, "exception", {}, {}};
    }
}

// False when there is no point in waiting: nobody waits for a receiver that is down while the program ends.
bool exporter::worker::pause(boot_clock::duration wait, boot_clock::time_point give_up)
{
    auto const until = boot_clock::now() + wait;
    if (until >= give_up)
        return false;
    std::unique_lock lock{mutex_};
    return !work_.wait_until(lock, until, [&] { return stopping_; });
}

void exporter::worker::lost(std::size_t spans, shipment const& sent)
{
    auto& known = lost_[sent.error_type];
    if (known == nullptr)
        known =
            &metrics_.add_counter(exported_family, component(shipper_->type(), sent.error_type));
    known->add(spans);
    trouble_.failed(spans, sent.error_type, sent.detail);
    std::lock_guard const lock{mutex_};
    if (boot_clock::now() >= stop_by_)
        left_behind_ += spans;
}

void exporter::worker::report(std::uint64_t dropped)
{
    trouble_.dropped(dropped);
    auto const line = trouble_.due(boot_clock::now());
    if (line && options_.log)
        options_.log(*line);
}

exporter::exporter(std::unique_ptr<span_shipper> shipper, exporter_options const& options,
                   metrics_registry& metrics)
    : sampler_{options.sampling},
      worker_{std::make_unique<worker>(std::move(shipper), options, metrics)}
{
}

exporter::~exporter() { worker_->shutdown(boot_clock::now()); }

void exporter::take(std::vector<span_record>&& finished)
{
    if (!finished.empty())
        worker_->take(std::move(finished));
}

bool exporter::samples(trace_context const* parent, trace_context const& started) const
{
    return sampler_.samples(parent, started);
}

bool exporter::flush(boot_clock::time_point deadline) { return worker_->flush(deadline); }

bool exporter::shutdown(boot_clock::time_point deadline) { return worker_->shutdown(deadline); }

}  // namespace redstart::telemetry
