// What the tests of this folder share: a loop on a thread, and a handler that writes down what a
// stream tells it.

#pragma once

#include "redstart/net/runtime.hpp"
#include "redstart/net/stream.hpp"
#include "redstart/task/event.hpp"
#include "redstart/task/sleep.hpp"
#include "redstart/task/within.hpp"
#include "redstart/testing/plain_peer.hpp"

#include <gtest/gtest.h>

#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <optional>
#include <string>

namespace redstart::net_test {

inline constexpr auto patience = std::chrono::seconds{20};

inline task<> wait_for(event& awaited) { co_await awaited.wait(); }

// Until `holds` does; `changed` is set whenever that may have become so.
template <class Predicate>
task<> until(event& changed, Predicate holds)
{
    while (!holds()) {
        changed.reset();
        co_await within(patience, wait_for(changed));
    }
}

// Some turns of the loop, in which whatever is due can happen.
inline task<> a_few_turns()
{
    for (int i = 0; i < 5; ++i)
        co_await sleep_for(std::chrono::milliseconds{2});
}

class recorder final : public net::stream_handler {
public:
    std::string received;
    std::optional<std::string> closed;  // the reason
    std::size_t reads = 0;
    std::size_t writables = 0;
    bool goes_on_after_the_end = false;  // what on_end() answers
    std::size_t ends = 0;
    event changed;
    // What to do when called; nothing by default.
    std::function<void()> when_read;
    std::function<void()> when_writable;
    std::function<void()> when_closed;

    task<> until_received(std::size_t bytes)
    {
        return until(changed, [this, bytes] { return received.size() >= bytes; });
    }
    task<> until_closed()
    {
        return until(changed, [this] { return closed.has_value(); });
    }

private:
    std::span<char> read_buffer() override { return buffer_; }
    void on_read(std::size_t bytes) override
    {
        received.append(buffer_.data(), bytes);
        ++reads;
        changed.set();
        if (when_read)
            when_read();
    }
    void on_writable() override
    {
        ++writables;
        changed.set();
        if (when_writable)
            when_writable();
    }
    bool on_end() override
    {
        ++ends;
        changed.set();
        return goes_on_after_the_end;
    }
    void on_closed(std::string_view reason) override
    {
        closed = reason;
        changed.set();
        if (when_closed)
            when_closed();
    }

    std::array<char, 4096> buffer_{};
};

// UndefinedBehaviorSanitizer looks at objects through pipes, and takes a lack of descriptors for a
// bad object.
#if defined(__has_feature)
#if __has_feature(undefined_behavior_sanitizer)
#define REDSTART_SANITIZER_NEEDS_DESCRIPTORS 1
#endif
#endif
inline void skip_if_the_sanitizer_needs_descriptors()
{
#ifdef REDSTART_SANITIZER_NEEDS_DESCRIPTORS
    GTEST_SKIP() << "UndefinedBehaviorSanitizer needs descriptors of its own";
#endif
}

// Lets this process have no further descriptor while it lives.
class no_descriptors_left {
public:
    no_descriptors_left()
    {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        auto none = before_;
        none.rlim_cur = lowest_free();
        ::setrlimit(RLIMIT_NOFILE, &none);
    }
    no_descriptors_left(no_descriptors_left const&) = delete;
    no_descriptors_left& operator=(no_descriptors_left const&) = delete;
    ~no_descriptors_left() { ::setrlimit(RLIMIT_NOFILE, &before_); }

private:
    static rlim_t lowest_free()
    {
        testing::descriptor const next{::dup(0)};
        return static_cast<rlim_t>(next.get());
    }
    rlimit before_{};
};

// The failure that ends `work`.
template <class T>
task<failure> failure_of(task<T> work)
{
    try {
        co_await std::move(work);
    } catch (failure const& thrown) {
        co_return thrown;
    }
    throw std::logic_error{"it should have failed"};
}

}  // namespace redstart::net_test
