// race: runs tasks side by side on this loop; the first to end wins, whether it succeeds or fails.
//
// The losers are cancelled and awaited, so that nothing runs on after the race; what they come to
// is dropped. The result is a variant whose index() names the winner; if the winner failed, its
// failure is thrown.

#pragma once

#include "redstart/task/branch_set.hpp"

#include <array>
#include <tuple>
#include <variant>

namespace redstart {

template <class... Ts>
    requires(sizeof...(Ts) > 0)
task<std::variant<typename result<Ts>::stored...>> race(task<Ts>... tasks)
{
    using winner = std::variant<typename result<Ts>::stored...>;
    branch_set set{co_await this_context(), branch_set::policy::cancel_on_end, sizeof...(Ts)};
    std::tuple<result<Ts>...> results;
    std::apply([&](auto&... into) { (set.add(std::move(tasks), into), ...); }, results);
    co_await set.join();

    co_return [&]<std::size_t... Index>(std::index_sequence<Index...>) {
        using taker = winner (*)(std::tuple<result<Ts>...>&);
        std::array<taker, sizeof...(Ts)> const take{[](std::tuple<result<Ts>...>& all) {
            auto& won = std::get<Index>(all);
            if (won.has_failed())
                std::rethrow_exception(won.failure());
            return winner{std::in_place_index<Index>, won.take_stored()};
        }...};
        return take[set.first_ended()](results);
    }(std::index_sequence_for<Ts...>{});
}

}  // namespace redstart
