// SIGTERM and SIGINT: either they end the program at once, or they are held back for somebody to wait for.

#pragma once

namespace redstart::app {

// Used by the main thread. A thread inherits which signals are held back from the one that starts it, and one thread
// that lets them through is enough for them to end the program: whoever starts threads holds them back first.
// SIGPIPE is ignored from now on, as a closed socket is an error like any other.
class stop_signals {
public:
    stop_signals();  // lets them through
    stop_signals(stop_signals const&) = delete;
    stop_signals& operator=(stop_signals const&) = delete;
    ~stop_signals();

    // From now on the next signal is kept for wait(). This thread, and those that it starts.
    void hold_back() const;

    // From now on the next signal ends the program at once, as does one that was kept.
    void let_through() const;

    enum class event { signal, descriptor };

    // Blocks until a signal comes, which must be held back, or `other` (ignored if -1) becomes readable.
    event wait(int other) const;

private:
    int descriptor_ = -1;
};

}  // namespace redstart::app
