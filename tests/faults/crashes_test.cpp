// Servers that are killed and come back, and every fault at once, under callers that keep books.

#include "redstart/base/random.hpp"
#include "tests/faults/harness.hpp"

#include <array>
#include <atomic>
#include <deque>
#include <filesystem>
#include <random>
#include <semaphore>

namespace redstart::faults {
namespace {

client_options restless(net::endpoint const& at)
{
    auto options = options_to(at);
    options.command_timeout = 60ms;
    options.dial_timeout = 500ms;
    return options;
}

// Callers on two loops that count until they are told to stop.
class crowd {
public:
    static constexpr std::size_t callers = 12;

    explicit crowd(client_options const& options) : with_{options, 2}
    {
        for (std::size_t i = 0; i < callers; ++i)
            start_root(with_.loops.at(i % 2),
                       keep_counting(with_.db, std::to_string(i), books_[i], stop_),
                       [this](result<void>&& came) {
                           EXPECT_FALSE(came.has_failed());
                           if (--running_ == 0)
                               ended_.release();
                       });
    }

    // So many attempts, whatever becomes of them.
    void try_some(int attempts)
    {
        with_.run([&]() -> task<> {
            for (int i = 0; i < attempts; ++i)
                co_await count_once(with_.db, "watcher", watcher_);
        });
    }

    // Until a few have succeeded on both loops: it has recovered.
    void await_recovery()
    {
        with_.run([&]() -> task<> {
            for (std::size_t i = 0; i < 2; ++i)
                co_await on(with_.loops.at(i), succeed_a_few_times());
        });
    }

    // Ends the callers, and compares their books with what the server says.
    book settle(server_fixture const& server)
    {
        stop_ = true;
        ended_.acquire();
        book all;
        for (std::size_t i = 0; i < callers; ++i) {
            expect_true(books_[i], value_at(server, std::to_string(i)));
            all.begun += books_[i].begun;
            all.acknowledged += books_[i].acknowledged;
            all.maybe_applied += books_[i].maybe_applied;
            all.not_sent += books_[i].not_sent;
        }
        expect_true(watcher_, value_at(server, "watcher"));
        return all;
    }

private:
    task<> succeed_a_few_times()
    {
        auto const wanted = watcher_.acknowledged + 5;
        while (watcher_.acknowledged < wanted)
            co_await count_once(with_.db, "watcher", watcher_);
    }

    std::array<book, callers> books_{};
    book watcher_;
    std::atomic<bool> stop_{false};
    std::atomic<std::size_t> running_{callers};
    std::binary_semaphore ended_{0};
    connected with_;
};

TEST(a_killed_server, loses_nothing_that_was_acknowledged_and_is_found_again)
{
    server_fixture server{durable()};
    crowd callers{restless(server.unix_socket())};
    for (int i = 0; i < 5; ++i) {
        callers.await_recovery();
        server.restart();
    }
    callers.await_recovery();
    auto const all = callers.settle(server);
    EXPECT_GT(all.acknowledged, 100);
    EXPECT_GT(all.maybe_applied, 0) << "five crashes hit nobody: the test would see nothing";
}

TEST(a_killed_server, is_found_again_at_a_port_too)
{
    server_fixture server{durable()};
    crowd callers{restless(server.tcp())};
    for (int i = 0; i < 3; ++i) {
        callers.await_recovery();
        server.kill(i == 1 ? SIGTERM : SIGKILL);
        callers.try_some(3);
        server.restart();
    }
    callers.await_recovery();
    callers.settle(server);
}

// One fault of every kind, in random order, with whatever it hits under way.
class storm {
public:
    explicit storm(unsigned seed) : random_{seed} {}

    void rage(int faults)
    {
        crowd callers{restless(proxy_.endpoint())};
        callers.await_recovery();
        for (int i = 0; i < faults; ++i) {
            strike();
            callers.try_some(2);
            proxy_.heal();
            if (paused_)
                server_.resume();
            paused_ = false;
            callers.await_recovery();
        }
        all = callers.settle(server_);
    }

    book all;

private:
    unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }
    direction any_direction()
    {
        return below(2) == 0 ? direction::to_server : direction::to_client;
    }
    fault_proxy::ending any_ending()
    {
        return below(2) == 0 ? fault_proxy::ending::close : fault_proxy::ending::reset;
    }

    void strike()
    {
        switch (below(10)) {
        case 0: return proxy_.cut(any_ending());
        case 1:
        case 2: return proxy_.cut_after(any_direction(), below(500), any_ending());
        case 3: return proxy_.stall(any_direction());
        case 4: return proxy_.cut_into_pieces(any_direction(), 1 + below(20));
        case 5: return proxy_.delay(any_direction(), std::chrono::milliseconds{1 + below(80)});
        case 6: proxy_.refuse(); return proxy_.cut(any_ending());
        case 7: return proxy_.freeze();
        case 8: return server_.restart();
        default: paused_ = true; return server_.pause();
        }
    }

    std::mt19937 random_;
    server_fixture server_{durable()};
    fault_proxy proxy_{server_.unix_socket()};
    bool paused_ = false;
};

TEST(a_storm_of_faults, leaves_all_books_right)
{
    auto const seed = static_cast<unsigned>(fast_random());
    SCOPED_TRACE("seed " + std::to_string(seed));
    storm one{seed};
    one.rage(30);
    EXPECT_GT(one.all.acknowledged, 100);
    EXPECT_GT(one.all.maybe_applied, 0);
    std::cout << "acknowledged " << one.all.acknowledged << ", maybe applied "
              << one.all.maybe_applied << ", not sent " << one.all.not_sent << '\n';
}

std::size_t open_descriptors()
{
    auto const all = std::filesystem::directory_iterator{"/proc/self/fd"};
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

// What a client is doing when it is stopped.
struct activity {
    char const* name;
    void (*arrange)(fault_proxy&, server_fixture&);
    bool connected_before;
};

class stopping : public ::testing::TestWithParam<activity> {};
INSTANTIATE_TEST_SUITE_P(
    in_the_middle, stopping,
    ::testing::Values(
        activity{"of_nothing", [](fault_proxy&, server_fixture&) {}, true},
        activity{"of_dialling",
                 [](fault_proxy& proxy, server_fixture&) { proxy.stall(direction::to_client); },
                 false},
        activity{"of_a_pause", [](fault_proxy& proxy, server_fixture&) { proxy.refuse(); }, false},
        activity{"of_waiting", [](fault_proxy&, server_fixture& server) { server.pause(); }, true},
        activity{"of_a_probe",
                 [](fault_proxy& proxy, server_fixture&) { proxy.stall(direction::to_client); },
                 true}),
    [](::testing::TestParamInfo<activity> const& info) { return info.param.name; });

TEST_P(stopping, leaves_nothing_behind)
{
    server_fixture server;
    fault_proxy proxy{server.unix_socket()};
    auto const before = open_descriptors();
    {
        auto options = options_to(proxy.endpoint());
        options.timeouts_before_probe = 1;
        connected with{options, 2};
        if (GetParam().connected_before)
            with.exec(ping());
        GetParam().arrange(proxy, server);
        with.run([&]() -> task<> {
            book mine;
            auto const brief = [](client& db) -> task<> {
                try {
                    co_await within(5ms, exec_in(db, incr("x")));
                } catch (failure const&) {
                    // Whether there was an answer is not asked here.
                }
            };
            auto const end = [](client& db) -> task<> {
                co_await sleep_for(15ms);
                co_await db.stop(10ms);
            };
            co_await when_all(brief(with.db), count_once(with.db, "a", mine), end(with.db));
            EXPECT_EQ(mine.ended(), 1);
        });
        server.kill();
        proxy.heal();
    }
    while (proxy.open_connections() > 0) {}
    EXPECT_EQ(open_descriptors(), before);
}

// Suspends, and goes on after everything else that is ready.
struct go_round {
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> awaiting) noexcept
    {
        node.set(awaiting);
        scheduler::current()->ready(node);
    }
    void await_resume() const noexcept {}
    resume_node node{};
};

// Stops it as the first that runs in a turn, so before whatever the sockets have just brought.
task<> stop_after(client& db, int turns)
{
    auto& loop = *scheduler::current();
    auto before = loop.now();  // it is read once per turn
    while (turns > 0) {
        co_await go_round{};
        if (loop.now() != before)
            --turns;
        before = loop.now();
    }
    co_await db.on(loop).stop(0ms);
}

std::int64_t open_connections(metrics_registry const& registry)
{
    for (auto const& family : registry.read())
        if (family.family.name == "redis.client.connections")
            return static_cast<std::int64_t>(family.series.front().value);
    return -1;
}

// At one of these moments the dial has just succeeded, and nobody has heard of it yet.
TEST(stopping_while_it_dials, is_possible_at_any_moment)
{
    auto& server = integration::shared_server({});
    for (int turns = 0; turns < 200; ++turns) {
        metrics_registry registry;
        runtime loops{{.loops = 1}};
        client db{
            loops, options_to(server.unix_socket()), {.metrics = &registry, .spans = nullptr}};
        book mine;
        loops.run([](client& through, book& noted, int after) -> task<> {
            co_await when_all(echo_once(through, "unique", noted), stop_after(through, after));
        }(db, mine, turns % 40));
        EXPECT_EQ(mine.ended(), 1);
        EXPECT_EQ(open_connections(registry), 0) << "after " << turns % 40 << " turns";
        loops.run(db.stop());
    }
}

}  // namespace
}  // namespace redstart::faults
