// The bridge to Boost.Asio, for those who ask for it: the one public header that includes Asio.
//
//   auto [error, bytes] = co_await socket.async_read_some(buffer, use_task);    // any Asio operation in a task
//   spawn(loop, work(), asio::use_future).get();                                // any task with any completion token

#pragma once

#include "redstart/net/loop.hpp"
#include "redstart/task/root.hpp"
#include "redstart/task/waiter.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <optional>
#include <tuple>

namespace redstart {

// The completion token. co_await gives the handler's arguments as a tuple, errors among them. The ambient deadline and
// cancellation cancel the operation (if it supports per-operation cancellation) and then throw timed_out or cancelled;
// an operation that has finished all the same wins. The awaiting frame stays until the handler has run, on this loop.
struct use_task_t {};
inline constexpr use_task_t use_task{};

namespace asio_detail {

inline bool was_aborted(boost::system::error_code const& error)
{
    return error == boost::asio::error::operation_aborted;
}

template <class... Results>
bool was_aborted(std::tuple<Results...> const& results)
{
    if constexpr (sizeof...(Results) > 0)
        if constexpr (std::is_same_v<std::tuple_element_t<0, std::tuple<Results...>>,
                                     boost::system::error_code>)
            return was_aborted(std::get<0>(results));
    return false;
}

template <class Initiation, class Arguments, class... Results>
class operation : private waiter {
public:
    operation(Initiation initiation, Arguments arguments)
        : initiation_{std::move(initiation)}, arguments_{std::move(arguments)}
    {
    }

    bool await_ready() const noexcept { return false; }
    template <contextual Promise>
    bool await_suspend(std::coroutine_handle<Promise> awaiting,
                       std::source_location where = std::source_location::current())
    {
        where_ = where;
        auto const& ambient = awaiting.promise().ambient();
        if (!may_begin(ambient, no_deadline))
            return false;
        begin(ambient, no_deadline, awaiting);
        try {
            std::apply(
                [this](auto&&... arguments) {
                    std::move(initiation_)(handler{this}, std::move(arguments)...);
                },
                std::move(arguments_));
        } catch (...) {
            not_begun_ = std::current_exception();
            finish();
        }
        return true;
    }
    std::tuple<Results...> await_resume()
    {
        throw_unless_finished(where_);
        if (not_begun_)
            std::rethrow_exception(not_begun_);
        if (why_given_up_ != ending::pending && was_aborted(*results_))
            throw why_given_up_ == ending::timed_out ? timed_out_failure(where_)
                                                     : cancelled_failure(where_);
        return std::move(*results_);
    }

private:
    struct handler {
        using cancellation_slot_type = boost::asio::cancellation_slot;
        cancellation_slot_type get_cancellation_slot() const noexcept
        {
            return owner->cancel_.slot();
        }

        template <class... Given>
        void operator()(Given&&... given)
        {
            owner->results_.emplace(std::forward<Given>(given)...);
            owner->finish();
        }
        operation* owner;
    };

    bool given_up(ending why) noexcept override
    {
        why_given_up_ = why;
        cancel_.emit(boost::asio::cancellation_type::terminal);
        return false;  // the handler still runs, and points here
    }

    Initiation initiation_;
    Arguments arguments_;
    boost::asio::cancellation_signal cancel_;
    std::optional<std::tuple<Results...>> results_;
    std::exception_ptr not_begun_;  // what the initiation threw
    ending why_given_up_ = ending::pending;
    std::source_location where_;
};

}  // namespace asio_detail

// Runs `work` on `where` and hands its result to any Asio completion token: a callback (std::exception_ptr, T),
// use_future, use_awaitable, deferred. The handler runs on its associated executor, or on the loop if it has none.
template <class T, class Token>
    requires(!std::is_void_v<T> && std::default_initializable<T>)
auto spawn(loop& where, task<T> work, Token&& token)
{
    return boost::asio::async_initiate<Token, void(std::exception_ptr, T)>(
        [](auto handler, loop* target, task<T> job) {
            auto const executor =
                boost::asio::get_associated_executor(handler, target->io_context().get_executor());
            start_root(*target, std::move(job),
                       [handler = std::move(handler),
                        alive = boost::asio::make_work_guard(executor)](result<T>&& given) mutable {
                           auto failed = given.failure();
                           auto value = failed ? T{} : given.take();
                           boost::asio::dispatch(
                               alive.get_executor(),
                               [handler = std::move(handler), failed = std::move(failed),
                                value = std::move(value)]() mutable {
                                   std::move(handler)(std::move(failed), std::move(value));
                               });
                       });
        },
        token, &where, std::move(work));
}

template <class Token>
auto spawn(loop& where, task<> work, Token&& token)
{
    return boost::asio::async_initiate<Token, void(std::exception_ptr)>(
        [](auto handler, loop* target, task<> job) {
            auto const executor =
                boost::asio::get_associated_executor(handler, target->io_context().get_executor());
            start_root(*target, std::move(job),
                       [handler = std::move(handler), alive = boost::asio::make_work_guard(
                                                          executor)](result<void>&& given) mutable {
                           boost::asio::dispatch(
                               alive.get_executor(),
                               [handler = std::move(handler), failed = given.failure()]() mutable {
                                   std::move(handler)(std::move(failed));
                               });
                       });
        },
        token, &where, std::move(work));
}

}  // namespace redstart

template <class... Results>
class boost::asio::async_result<redstart::use_task_t, void(Results...)> {
public:
    template <class Initiation, class... Arguments>
    static auto initiate(Initiation&& initiation, redstart::use_task_t, Arguments&&... arguments)
    {
        using kept = std::tuple<std::decay_t<Arguments>...>;
        return redstart::asio_detail::operation<std::decay_t<Initiation>, kept,
                                                std::decay_t<Results>...>{
            std::forward<Initiation>(initiation), kept{std::forward<Arguments>(arguments)...}};
    }
};
