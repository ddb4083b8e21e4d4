// A child process that does not outlive its parent.
//
// The kernel ends it when the *thread* that started it ends (PR_SET_PDEATHSIG), so it must be
// started from the main thread.

#pragma once

#include "redstart/base/clock.hpp"
#include "redstart/embedded/descriptor.hpp"

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace redstart::embedded {

struct child_plan {
    std::string binary;
    std::vector<std::string> arguments;  // without the name of the program
    int input = -1;                      // becomes its standard input
    int output = -1;                     // becomes its standard output and error
    int kept = -1;     // stays open in it under the same number; all others are closed
    pid_t parent = 0;  // who waits for it; it ends at once if that is not its parent
};

// The status of a child that could not become the binary, and of one that lost its parent before it
// could.
inline constexpr int status_not_run = 127;
inline constexpr int status_orphaned = 126;

// Readable once the process has ended; empty if there is no such process, or the kernel cannot do it.
descriptor process_descriptor(pid_t process) noexcept;

// A resource with one owner, on one thread. Once ended it is reaped by check() or wait(); nobody
// else may wait for it. The destructor does not wait: a child that still runs is asked to end, and
// reaped by the system after us.
class child {
public:
    // Throws start_error if the system cannot make another process.
    static child start(child_plan const& plan);

    child(child&& other) noexcept;
    child& operator=(child&&) = delete;
    ~child();

    pid_t pid() const noexcept { return pid_; }

    // How it ended, "exited with status 1" or "was killed by signal 9"; nothing while it runs.
    std::optional<std::string> check();
    // The same, after at most that long.
    std::optional<std::string> wait(boot_clock::duration at_most);

    void signal(int number) const noexcept;

    // Readable once it has ended; -1 if the kernel has no such thing. Stays ours.
    int exit_descriptor() const noexcept { return exit_.get(); }

private:
    explicit child(pid_t pid);

    pid_t pid_ = -1;
    descriptor exit_;
    std::optional<std::string> ended_;
};

}  // namespace redstart::embedded
