#include "redstart/toolkit/locks/read_write_lock.hpp"

#include "redstart/command/keys.hpp"
#include "redstart/command/sorted_sets.hpp"
#include "redstart/command/strings.hpp"
#include "redstart/task/sleep.hpp"
#include "redstart/task/when_all.hpp"
#include "redstart/toolkit/on_servers_test.hpp"

#include <atomic>
#include <thread>

namespace redstart::toolkit {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view readers_of_page = "redstart:rwlock:default:{page}:readers";
constexpr lock_terms asked_once{.ttl = 1min};

class read_write_lock_test : public on_servers {
protected:
    ~read_write_lock_test() override { run(locks.stop()); }

    static task<release_result> releasing(held_lock held) { co_return co_await held.release(); }
    release_result release(held_lock held) { return run(releasing(std::move(held))); }
    held_lock read() { return *run(locks.acquire_shared("page", asked_once)); }
    held_lock write() { return *run(locks.acquire_exclusive("page", asked_once)); }

    task<bool> asks_to_read()
    {
        co_return (co_await locks.acquire_shared("page", asked_once)).has_value();
    }
    task<bool> asks_to_write()
    {
        co_return (co_await locks.acquire_exclusive("page", asked_once)).has_value();
    }

    void wait_for(std::string_view mark)
    {
        auto const pause = []() -> task<> { co_await sleep_for(1ms); };
        while (!ask(zscore(readers_of_page, mark)))
            run(pause());
    }

    // Nobody asks again within the time that a test may take, unless he is told of a release.
    read_write_lock locks{db, {.terms = {.ttl = 1min, .wait = 1min}, .poll = 1min}};
};
REDSTART_ON_SERVERS(read_write_lock_test);

TEST_P(read_write_lock_test, is_read_by_many_or_written_by_one)
{
    auto first = read();
    auto second = read();
    EXPECT_FALSE(run(asks_to_write()));
    EXPECT_EQ(release(std::move(first)), release_result::released);
    EXPECT_FALSE(run(asks_to_write()));
    EXPECT_EQ(release(std::move(second)), release_result::released);

    auto writer = write();
    EXPECT_FALSE(run(asks_to_write()));
    EXPECT_FALSE(run(asks_to_read()));
    auto const fence = writer.fence();
    EXPECT_EQ(release(std::move(writer)), release_result::released);
    auto next = write();
    EXPECT_GT(next.fence(), fence);
    EXPECT_EQ(release(std::move(next)), release_result::released);
}

TEST_P(read_write_lock_test, lets_a_writer_in_who_waits_before_readers_who_come_later)
{
    auto reader = read();
    std::jthread const other{[&] {
        auto const nothing = [](held_lock const&) -> task<> { co_return; };
        EXPECT_TRUE(run(locks.run_exclusive("page", nothing), 1));
    }};
    wait_for("writer");
    EXPECT_FALSE(run(asks_to_read()));
    EXPECT_EQ(release(std::move(reader)), release_result::released);
}

TEST_P(read_write_lock_test, keeps_readers_and_writers_apart_among_many)
{
    std::atomic<int> readers = 0;
    std::atomic<int> writers = 0;
    auto const reading = [&](held_lock const&) -> task<> {
        ++readers;
        EXPECT_EQ(writers, 0);
        co_await db.exec(set("work", "done"));
        EXPECT_EQ(writers, 0);
        --readers;
    };
    auto const writing = [&](held_lock const&) -> task<> {
        EXPECT_EQ(writers.fetch_add(1), 0);
        co_await db.exec(set("work", "done"));
        EXPECT_EQ(readers, 0);
        --writers;
    };
    auto const enter = [&](bool writes) -> task<> {
        if (writes)
            EXPECT_TRUE(co_await locks.run_exclusive("page", writing));
        else
            EXPECT_TRUE(co_await locks.run_shared("page", reading));
    };
    auto const many = [&]() -> task<> {
        std::vector<task<>> all;
        for (int i = 0; i < 30; ++i)
            all.push_back(enter(i % 5 == 0));
        co_await when_all(std::move(all));
    };
    std::jthread const others{[&] { run(many(), 1); }};
    run(many());
}

TEST_P(read_write_lock_test, reports_how_it_stands)
{
    auto reader = read();
    std::jthread const other{[&] {
        auto const nothing = [](held_lock const&) -> task<> { co_return; };
        EXPECT_TRUE(run(locks.run_exclusive("page", nothing), 1));
    }};
    wait_for("writer");
    auto const while_reading = run(locks.report("page"));
    EXPECT_EQ(while_reading.readers.holders, 1);
    EXPECT_GT(while_reading.readers.ends_in_ms, 50'000);
    EXPECT_LE(while_reading.readers.ends_in_ms, 60'000);
    EXPECT_EQ(while_reading.readers.waiting, 1);
    EXPECT_EQ(while_reading.writer.holders, 0);
    EXPECT_EQ(release(std::move(reader)), release_result::released);
}

TEST_P(read_write_lock_test, reports_who_writes)
{
    auto writer = write();
    auto const while_writing = run(locks.report("page"));
    EXPECT_EQ(while_writing.readers.holders, 0);
    EXPECT_EQ(while_writing.writer.holders, 1);
    EXPECT_EQ(while_writing.writer.fence, writer.fence());
    EXPECT_EQ(release(std::move(writer)), release_result::released);
}

TEST_P(read_write_lock_test, touches_only_its_keys)
{
    client limited{loops, limited_to("redstart:rwlock:default:{page}*")};
    ASSERT_TRUE(forbids_other_keys_in_scripts(limited));
    read_write_lock theirs{limited, {.terms = {.ttl = 60ms}}};
    auto const body = [](held_lock const& held) -> task<> {
        auto const first = held.valid_until();
        while (held.valid_until() == first)
            co_await sleep_for(1ms);
    };
    EXPECT_TRUE(run(theirs.run_shared("page", body)));
    EXPECT_TRUE(run(theirs.run_exclusive("page", body)));
    run(theirs.stop());
    run(limited.stop());
}

}  // namespace

}  // namespace redstart::toolkit
