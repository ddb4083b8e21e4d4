// Small tasks that the tests of this folder run, and what became of them.

#pragma once

#include "redstart/task/branch.hpp"
#include "redstart/task/event.hpp"

#include <optional>

namespace redstart::probe {

// What the ambient context is where this task is awaited.
inline task<context> look_around() { co_return co_await this_context(); }

inline task<int> give(int value) { co_return value; }

inline task<> wait_for(event& awaited) { co_await awaited.wait(); }

inline task<int> wait_then_give(event& awaited, int value)
{
    co_await awaited.wait();
    co_return value;
}

struct mishap {  // thrown, and nothing that the library knows
    int number = 0;
};

inline task<int> fail(int number)
{
    throw mishap{number};
    co_return 0;
}

inline task<int> wait_then_fail(event& awaited, int number)
{
    co_await awaited.wait();
    throw mishap{number};
}

// The code of the failure that ended a task; none if it has not ended so.
inline std::optional<failure_code> code_of(result_base const& ended)
{
    try {
        if (ended.has_failed())
            std::rethrow_exception(ended.failure());
    } catch (failure const& known) {
        return known.code();
    } catch (mishap const&) {
        return std::nullopt;
    }
    return std::nullopt;
}

// The number of the mishap that ended a task; none if it has not ended so.
inline std::optional<int> mishap_of(result_base const& ended)
{
    try {
        if (ended.has_failed())
            std::rethrow_exception(ended.failure());
    } catch (mishap const& thrown) {
        return thrown.number;
    } catch (failure const&) {
        return std::nullopt;
    }
    return std::nullopt;
}

// Tells that the frame which holds it is gone.
class tell_tale {
public:
    explicit tell_tale(bool& gone) noexcept : gone_{&gone} {}
    tell_tale(tell_tale&& other) noexcept : gone_{std::exchange(other.gone_, nullptr)} {}
    tell_tale& operator=(tell_tale&&) = delete;
    ~tell_tale()
    {
        if (gone_)
            *gone_ = true;
    }

private:
    bool* gone_;
};

}  // namespace redstart::probe
