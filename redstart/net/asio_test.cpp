#include "redstart/net/asio.hpp"

#include "redstart/net/probe_test.hpp"
#include "redstart/task/race.hpp"
#include "redstart/testing/plain_peer.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <future>
#include <thread>

namespace redstart::net_test {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;
using boost::system::error_code;

class bridge : public ::testing::Test {
protected:
    loop& home() { return loops.at(0); }
    template <class Body>
    auto run(Body body)
    {
        return loops.run(body());
    }

    runtime loops{{.loops = 1}};
};

TEST_F(bridge, awaits_a_timer)
{
    run([&]() -> task<> {
        asio::steady_timer timer{home().io_context(), 2ms};
        auto const before = boot_clock::now();
        auto const [why] = co_await timer.async_wait(use_task);
        EXPECT_FALSE(why);
        EXPECT_GE(boot_clock::now() - before, 2ms);
        EXPECT_EQ(scheduler::current(), &home());
    });
}

TEST_F(bridge, gives_errors_as_values)
{
    net::endpoint at{.host = "127.0.0.1", .port = 0, .unix_path = {}};
    auto const door = testing::listen_at(at);
    run([&]() -> task<> {
        asio::ip::tcp::socket socket{home().io_context()};
        auto const [refused] = co_await socket.async_connect(
            {asio::ip::address_v4::loopback(), testing::free_port()}, use_task);
        EXPECT_EQ(refused, asio::error::connection_refused);
        socket.close();
        auto const [connected] =
            co_await socket.async_connect({asio::ip::address_v4::loopback(), at.port}, use_task);
        EXPECT_FALSE(connected);
        auto peer = testing::accept_peer(door);
        peer.send("hi");
        std::array<char, 8> room{};
        auto const [none, bytes] = co_await socket.async_read_some(asio::buffer(room), use_task);
        EXPECT_FALSE(none);
        EXPECT_EQ(bytes, 2u);
        peer.close();
        auto const [ended, nothing] = co_await socket.async_read_some(asio::buffer(room), use_task);
        EXPECT_EQ(ended, asio::error::eof);
        EXPECT_EQ(nothing, 0u);
    });
}

TEST_F(bridge, awaits_what_has_no_result_and_what_completes_at_once)
{
    run([&]() -> task<> {
        co_await asio::post(home().io_context(), use_task);
        co_await asio::dispatch(home().io_context(), use_task);
        EXPECT_EQ(scheduler::current(), &home());
    });
}

task<std::tuple<error_code>> wait_long(asio::steady_timer& timer)
{
    co_return co_await timer.async_wait(use_task);
}

TEST_F(bridge, cancels_at_the_deadline_and_frees_nothing_too_early)
{
    run([&]() -> task<> {
        asio::steady_timer timer{home().io_context(), 1h};
        auto const attempt = [](asio::steady_timer& never) -> task<> {
            co_await within(10ms, wait_long(never));
        };
        auto const why = co_await failure_of(attempt(timer));
        EXPECT_EQ(why.code(), failure_code::timed_out);
        EXPECT_EQ(timer.cancel(), 0u) << "the handler has run";
    });
}

TEST_F(bridge, cancels_when_asked_to)
{
    run([&]() -> task<> {
        asio::steady_timer timer{home().io_context(), 1h};
        auto const soon = []() -> task<int> {
            co_await sleep_for(2ms);
            co_return 1;
        };
        auto const first = co_await race(soon(), wait_long(timer));
        EXPECT_EQ(first.index(), 0u);
        EXPECT_EQ(timer.cancel(), 0u);
    });
}

TEST_F(bridge, does_not_begin_what_is_cancelled_already)
{
    run([&]() -> task<> {
        asio::steady_timer timer{home().io_context(), 1h};
        cancellation stop;
        stop.request();
        auto here = co_await this_context();
        here.cancel = &stop;
        auto const attempt = [](context const& given, asio::steady_timer& never) -> task<> {
            co_await under(given, wait_long(never));
        };
        EXPECT_EQ((co_await failure_of(attempt(here, timer))).code(), failure_code::cancelled);
    });
}

// Completes, and calls `then` before the coroutine can run.
template <class Then, class Token>
auto async_finish_then(asio::io_context& where, Then then, Token&& token)
{
    return asio::async_initiate<Token, void()>(
        [](auto handler, asio::io_context* context, Then next) {
            asio::post(*context, [handler = std::move(handler), next]() mutable {
                std::move(handler)();
                next();
            });
        },
        token, &where, then);
}

TEST_F(bridge, lets_an_operation_that_has_finished_win_over_a_late_cancellation)
{
    run([&]() -> task<> {
        cancellation stop;
        auto here = co_await this_context();
        here.cancel = &stop;
        auto const work = [](loop& where, cancellation& source) -> task<bool> {
            co_await async_finish_then(
                where.io_context(), [&source] { source.request(); }, use_task);
            co_return source.is_requested();
        };
        EXPECT_TRUE(co_await under(here, work(home(), stop))) << "it came, and too late";
    });
}

TEST_F(bridge, keeps_an_abort_that_nobody_asked_for_as_a_value)
{
    run([&]() -> task<> {
        asio::steady_timer timer{home().io_context(), 1h};
        asio::post(home().io_context(), [&] { timer.cancel(); });
        auto const [why] = co_await timer.async_wait(use_task);
        EXPECT_EQ(why, asio::error::operation_aborted);
    });
}

// An operation that cannot even begin.
template <class Token>
auto async_fail(Token&& token)
{
    return asio::async_initiate<Token, void(error_code)>(
        [](auto) { throw std::runtime_error{"no thread left"}; }, token);
}

TEST_F(bridge, hands_on_what_an_initiation_throws)
{
    run([&]() -> task<> {
        auto const attempt = []() -> task<> { co_await async_fail(use_task); };
        bool thrown = false;
        try {
            co_await within(1h, attempt());
        } catch (std::runtime_error const& why) {
            thrown = std::string_view{why.what()} == "no thread left";
        }
        EXPECT_TRUE(thrown);
    });
}

task<int> doubled(int value)
{
    co_await sleep_for(1ms);
    co_return 2 * value;
}

task<int> failing()
{
    co_await sleep_for(1ms);
    throw std::runtime_error{"as it should"};
}

task<> failing_without_value() { co_await failing(); }

task<> nothing() { co_await sleep_for(1ms); }

TEST_F(bridge, spawns_with_use_future)
{
    EXPECT_EQ(spawn(home(), doubled(21), asio::use_future).get(), 42);
    EXPECT_THROW(spawn(home(), failing(), asio::use_future).get(), std::runtime_error);
    EXPECT_NO_THROW(spawn(home(), nothing(), asio::use_future).get());
    EXPECT_THROW(spawn(home(), failing_without_value(), asio::use_future).get(),
                 std::runtime_error);
}

TEST_F(bridge, spawns_with_a_callback_on_the_loop)
{
    std::promise<std::pair<int, scheduler*>> told;
    spawn(home(), doubled(4), [&](std::exception_ptr const& why, int value) {
        EXPECT_FALSE(why);
        told.set_value({value, scheduler::current()});
    });
    EXPECT_EQ(told.get_future().get(), (std::pair<int, scheduler*>{8, &home()}));

    std::promise<bool> failed;
    spawn(home(), failing_without_value(),
          [&](std::exception_ptr const& why) { failed.set_value(why != nullptr); });
    EXPECT_TRUE(failed.get_future().get());
}

asio::awaitable<int> from_elsewhere(loop& home)
{
    auto const mine = std::this_thread::get_id();
    auto value = co_await spawn(home, doubled(5), asio::use_awaitable);
    EXPECT_EQ(std::this_thread::get_id(), mine) << "the handler runs where its executor is";
    co_await spawn(home, nothing(), asio::use_awaitable);
    try {
        co_await spawn(home, failing(), asio::use_awaitable);
        value = 0;
    } catch (std::runtime_error const&) {
        ++value;
    }
    co_return value;
}

TEST_F(bridge, spawns_with_use_awaitable_from_a_context_of_the_user)
{
    asio::io_context theirs;
    auto answer = asio::co_spawn(theirs, from_elsewhere(home()), asio::use_future);
    theirs.run();
    EXPECT_EQ(answer.get(), 11);
}

}  // namespace
}  // namespace redstart::net_test
