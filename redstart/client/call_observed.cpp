// What a call tells of itself: to metrics, traces and an observer.

#include "redstart/client/call.hpp"
#include "redstart/client/call_span.hpp"
#include "redstart/client/client.hpp"

#include <algorithm>

namespace redstart {

void reply_slot::on_departure() noexcept
{
    auto& departed_at = owner_->traffic_.departed_at;
    if (departed_at == no_deadline)
        departed_at = boot_clock::now();  // the turn may have begun a while ago
}

void reply_slot::on_reply_size(std::uint64_t bytes) noexcept
{
    owner_->traffic_.reply_bytes += bytes;
}

// What the transaction as a whole failed of, all its commands failed of.
void call::share_failure()
{
    for (auto* const each : content_.commands)
        if (!each->has_failed())
            each->failed_ = std::make_unique<failure::details>(*content_.transaction->failed_);
}

void call::observe()
{
    if (content_.transaction && content_.transaction->has_failed()) [[unlikely]]
        share_failure();
    auto const took = ambient_->loop->now() - began_;
    if (auto* const metrics = here_->metrics()) {
        auto const nanoseconds = static_cast<std::uint64_t>(took.count());
        for (auto const* const slot : content_.commands) {
            if (!slot->has_failed()) [[likely]]
                metrics->succeeded(slot->command().id(), nanoseconds);
            else
                metrics->failed(slot->command().id(),
                                error_type(slot->failed_code(), slot->server_code()), nanoseconds);
        }
    }
    if (ambient_->trace && ambient_->trace->is_sampled() && here_->wants_spans()) [[unlikely]]
        here_->deliver(describe_call(as_observed(), content_.commands, here_->options(), took));
    if (here_->options().observer) [[unlikely]]
        tell_end(took);
}

observed_call call::as_observed() const noexcept
{
    return observed_call{{.id = this,
                          .server = here_->options().server,
                          .slots = content_.commands,
                          .is_transaction = content_.transaction != nullptr,
                          .trace = ambient_->trace}};
}

void call::tell_end(boot_clock::duration took) const
{
    auto const ended = began_ + took;
    auto const departed = std::min(traffic_.departed_at, ended);
    observed_end end{.queued = departed - began_,
                     .on_wire = ended - departed,
                     .reply_bytes = traffic_.reply_bytes,
                     .repetitions = traffic_.repetitions,
                     .failed = {}};
    auto const call = as_observed();
    for (std::size_t index = 0; index < call.commands() && !end.failed; ++index)
        end.failed = call.failed(index);
    here_->options().observer->on_call_end(call, end);
}

}  // namespace redstart
