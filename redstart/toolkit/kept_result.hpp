// What a body gives that runs beside something else, and is kept also when that ends first.

#pragma once

#include "redstart/task/race.hpp"
#include "redstart/task/task.hpp"

#include <optional>
#include <type_traits>
#include <utility>

namespace redstart::toolkit::toolkit_detail {

// Of a body that was called with these.
template <class Body, class... Arguments>
using given_by = typename std::invoke_result_t<Body&, Arguments...>::value_type;

// std::monostate for a body without a result.
template <class T>
using kept_result = std::optional<typename result<T>::stored>;

template <class T>
task<> keep(task<T> work, kept_result<T>& into)
{
    if constexpr (std::is_void_v<T>) {
        co_await std::move(work);
        into.emplace();
    } else {
        into.emplace(co_await std::move(work));
    }
}

}  // namespace redstart::toolkit::toolkit_detail
