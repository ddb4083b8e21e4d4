// when_all: runs tasks side by side on this loop and gives all their results, in the order of the
// arguments.
//
// If one fails, the others are cancelled; all are awaited; then the first failure is thrown.
// Deadline, cancellation and trace are the caller's. A task<void> gives std::monostate in a tuple.

#pragma once

#include "redstart/task/branch_set.hpp"

#include <tuple>
#include <vector>

namespace redstart {

template <class... Ts>
    requires(sizeof...(Ts) > 0)
task<std::tuple<typename result<Ts>::stored...>> when_all(task<Ts>... tasks)
{
    using values = std::tuple<typename result<Ts>::stored...>;
    branch_set set{co_await this_context(), branch_set::policy::cancel_on_failure, sizeof...(Ts)};
    std::tuple<result<Ts>...> results;
    std::apply([&](auto&... into) { (set.add(std::move(tasks), into), ...); }, results);
    co_await set.join();
    set.rethrow_first_failure();
    co_return std::apply([](auto&... each) { return values{each.take_stored()...}; }, results);
}

template <class T>
    requires(!std::is_void_v<T>)
task<std::vector<T>> when_all(std::vector<task<T>> tasks)
{
    branch_set set{co_await this_context(), branch_set::policy::cancel_on_failure, tasks.size()};
    std::vector<result<T>> results(tasks.size());
    for (std::size_t i = 0; i < tasks.size(); ++i)
        set.add(std::move(tasks[i]), results[i]);
    co_await set.join();
    set.rethrow_first_failure();
    std::vector<T> values;
    values.reserve(results.size());
    for (auto& each : results)
        values.push_back(each.take_stored());
    co_return values;
}

inline task<> when_all(std::vector<task<>> tasks)
{
    branch_set set{co_await this_context(), branch_set::policy::cancel_on_failure, tasks.size()};
    std::vector<result<void>> results(tasks.size());
    for (std::size_t i = 0; i < tasks.size(); ++i)
        set.add(std::move(tasks[i]), results[i]);
    co_await set.join();
    set.rethrow_first_failure();
}

}  // namespace redstart
