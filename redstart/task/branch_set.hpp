// Several branches that an awaiting coroutine starts together and waits for: all of them, always.

#pragma once

#include "redstart/task/branch.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace redstart {

class branch_set : private branch_owner {
public:
    // When a branch ends, the others are asked to stop:
    enum class policy : std::uint8_t {
        cancel_on_failure,  // if it failed (when_all)
        cancel_on_end,      // however it ended (race)
    };

    static constexpr std::size_t nobody = static_cast<std::size_t>(-1);

    branch_set(context const& ambient, policy chosen, std::size_t expected);
    branch_set(branch_set const&) = delete;
    branch_set& operator=(branch_set const&) = delete;

    template <class T>
    void add(task<T> work, result<T>& into)
    {
        members_.push_back({run_into(std::move(work), into), &into});
    }

    std::size_t first_ended() const noexcept { return first_ended_; }
    void rethrow_first_failure() const;

    auto join() noexcept { return join_awaiter{*this}; }

private:
    struct member {
        branch work;
        result_base const* outcome;
    };

    struct join_awaiter {
        branch_set& set;
        bool await_ready() const noexcept { return set.members_.empty(); }
        void await_suspend(std::coroutine_handle<> awaiting) const noexcept
        {
            set.start_all(awaiting);
        }
        void await_resume() const noexcept {}
    };

    void start_all(std::coroutine_handle<> awaiting) noexcept;
    std::coroutine_handle<> ended(branch::handle which) noexcept override;

    cancellation cancel_;
    context context_;
    policy policy_;
    std::vector<member> members_;
    std::size_t left_ = 0;
    std::size_t first_ended_ = nobody;
    std::size_t first_failed_ = nobody;
    std::coroutine_handle<> awaiting_;
};

}  // namespace redstart
