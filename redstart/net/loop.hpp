// An event loop: one thread, one reactor. The scheduler of every coroutine that lives on it.
//
// A turn polls the sockets, runs their handlers, then everything that became ready, and then lets lanes flush. The loop
// sleeps only when nothing is ready; foreign threads wake it through one inbox.

#pragma once

#include "redstart/task/scheduler.hpp"

#include <atomic>
#include <cstddef>
#include <memory>

namespace boost::asio {
class io_context;
}

namespace redstart {

class histogram;

class loop final : public scheduler {
public:
    // `turns` counts how long turns take, the wait for events left out: what comes meanwhile waits so long. It outlives
    // the loop; null: nobody counts.
    explicit loop(std::size_t index = 0, histogram* turns = nullptr);
    ~loop();

    // Runs turns on the calling thread until request_stop(). Handlers still pending then are run or dropped before it
    // returns.
    void run();
    void request_stop() noexcept;  // any thread

    std::size_t index() const noexcept { return index_; }  // among the loops of its runtime
    boost::asio::io_context& io_context() noexcept { return *io_; }

    // Sockets register themselves: with more than one, a turn looks for further events before it runs what is ready,
    // so that the commands of many connections leave in one write.
    void add_source() noexcept { ++sources_; }
    void remove_source() noexcept { --sources_; }

private:
    void wake() noexcept override;
    void wait_and_dispatch();
    void note_turn() noexcept;

    std::unique_ptr<boost::asio::io_context> io_;
    std::size_t index_;
    std::size_t sources_ = 0;
    histogram* turns_;
    boot_clock::time_point woken_at_{};
    std::atomic<bool> stopping_{false};
};

}  // namespace redstart
