// A lane: one multiplexed connection of one loop, kept alive.
//
// Commands of all coroutines of the loop share it. They are encoded as they come and leave together: when the loop has
// nothing else to run, or sooner when many are queued, so that the server works while the rest is still encoded. While
// there is no connection they wait, each until its own deadline.

#pragma once

#include "redstart/client/command_metrics.hpp"
#include "redstart/client/connection.hpp"
#include "redstart/client/options.hpp"
#include "redstart/engine/multiplexer.hpp"
#include "redstart/net/loop.hpp"
#include "redstart/observe/span.hpp"
#include "redstart/task/task_group.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace redstart {

// Who wants to know what the client does. Both outlive it; either may be null.
struct client_observers {
    metrics_registry* metrics = nullptr;
    span_sink* spans = nullptr;
};

// One loop's thread, but for the constructor.
class lane final : private idle_hook, private connection::owner {
public:
    enum class admission : std::uint8_t { accepted, overloaded, stopped };

    lane(loop& home, client_options const& options, client_observers observers);
    lane(lane const&) = delete;
    lane& operator=(lane const&) = delete;
    ~lane();

    // Takes a slot and makes sure that it will leave. `flush_if_many` after the last slot of an exec, never inside one.
    admission submit(engine::slot& added) noexcept;
    // Takes again what the server did not know. Belongs to a call in flight, so a lane that stops takes it too.
    admission resubmit(engine::slot& again) noexcept;
    void flush_if_many();

    // The caller of a slot gives up.
    outcome abandon(engine::slot& given_up);
    // A call timed out that had left.
    void note_timeout();

    // Waits for a settled connection. Throws what the first attempt to make one failed of.
    task<engine::server_identity> connect();

    void refuse_new() noexcept { stopping_ = true; }
    // Takes no more commands, gives those in flight `grace`, fails what is left, and closes.
    task<> stop(boot_clock::duration grace);

    std::uint32_t in_flight() const noexcept { return commands_.in_flight(); }
    client_options const& options() const noexcept { return options_; }
    command_metrics* metrics() noexcept { return metrics_ ? &*metrics_ : nullptr; }
    span_sink* spans() const noexcept { return observers_.spans; }
    void deliver(span_record finished);

    // Why nothing could be connected to, if that is so now.
    failure const* last_dial_failure() const noexcept
    {
        return last_failure_ ? &*last_failure_ : nullptr;
    }

private:
    task<> keep_connected();
    task<> try_dial();
    task<> probe();
    void adopt(std::unique_ptr<connection> fresh);
    void drop_connection(failure_code code, std::string_view reason);
    void fail_everything();
    void note_if_drained();
    void note_dial_failure(failure const& why);
    void want_connection() noexcept;
    void flush();
    void hand_over_spans();

    void before_idle() override;
    bool on_bytes(char const*& at, char const* end) override;
    void on_writable() override;
    void on_lost(failure_code code, std::string_view reason) override;

    loop& home_;
    client_options const& options_;
    client_observers observers_;
    engine::multiplexer commands_;
    std::optional<command_metrics> metrics_;
    std::unique_ptr<connection> connection_;
    std::unique_ptr<connection> retired_;  // it may still be on the call stack
    engine::server_identity identity_;
    std::optional<failure> last_failure_;
    std::vector<span_record> spans_;
    task_group work_;
    event settled_;  // a dial has succeeded or failed
    event lost_;     // the connection is gone
    event drained_;  // nothing is in flight, while stopping
    std::uint32_t unflushed_ = 0;
    unsigned timeouts_ = 0;  // in a row, without a byte from the server
    bool started_ = false;
    bool stopping_ = false;
    bool probing_ = false;
};

}  // namespace redstart
