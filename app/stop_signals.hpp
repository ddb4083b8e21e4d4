// SIGTERM and SIGINT as something to wait for.

#pragma once

namespace redstart::app {

// Constructed first in main, before any thread: all threads inherit that the two signals are held back. The destructor
// of net's sockets needs no SIGPIPE either, which is ignored from now on.
class stop_signals {
public:
    stop_signals();
    stop_signals(stop_signals const&) = delete;
    stop_signals& operator=(stop_signals const&) = delete;
    ~stop_signals();

    enum class event { signal, descriptor };

    // Blocks until a signal comes, or `other` (ignored if -1) becomes readable.
    event wait(int other) const;

    // From now on the next signal ends the program at once.
    void let_through() const;

private:
    int descriptor_ = -1;
};

}  // namespace redstart::app
