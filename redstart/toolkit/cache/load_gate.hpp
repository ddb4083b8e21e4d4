// A bound on what runs at once on a loop: those beyond it wait, first come, first served.

#pragma once

#include "redstart/task/event.hpp"
#include "redstart/task/task.hpp"

#include <cstddef>
#include <deque>

namespace redstart::toolkit::toolkit_detail {

// One loop's thread. Outlives those who are inside or wait.
class load_gate {
public:
    explicit load_gate(std::size_t most) noexcept : free_{most} {}
    load_gate(load_gate const&) = delete;
    load_gate& operator=(load_gate const&) = delete;

    // Fails with cancelled or timed_out by the ambient context, and then is not inside.
    task<> enter();
    void leave() noexcept;

    // Leaves when it goes out of scope.
    class visit {
    public:
        explicit visit(load_gate& entered) noexcept : gate_{entered} {}
        visit(visit const&) = delete;
        visit& operator=(visit const&) = delete;
        ~visit() { gate_.leave(); }

    private:
        load_gate& gate_;
    };

private:
    std::size_t free_;
    std::deque<event*> waiting_;
};

}  // namespace redstart::toolkit::toolkit_detail
