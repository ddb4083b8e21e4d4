#include "redstart/task/frame_pool.hpp"

#include "redstart/task/manual_scheduler.hpp"
#include "redstart/task/probe_test.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <set>
#include <thread>
#include <vector>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define REDSTART_TEST_WITHOUT_POOL 1
#endif
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
#define REDSTART_TEST_WITH_COUNTED_HEAP 1  // sanitizers have operators of their own
#endif
#endif

#ifndef REDSTART_TEST_WITHOUT_POOL

namespace redstart {
namespace {

std::vector<void*> take_frames(std::size_t count, std::size_t size)
{
    std::vector<void*> frames(count);
    for (auto& frame : frames)
        frame = frame_pool::take(size);
    return frames;
}

void give_frames(std::vector<void*> const& frames, std::size_t size)
{
    for (auto* const frame : frames)
        frame_pool::give(frame, size);
}

// On a thread of its own, so that nothing is kept at the beginning.
template <class Work>
void on_a_fresh_thread(Work work)
{
    std::thread{work}.join();
}

TEST(frame_pool, gives_a_freed_frame_to_the_next_of_its_size_class)
{
    on_a_fresh_thread([] {
        auto* const frame = frame_pool::take(100);
        frame_pool::give(frame, 100);
        EXPECT_EQ(frame_pool::kept_bytes(), 128u);
        EXPECT_EQ(frame_pool::take(65), frame);
        EXPECT_EQ(frame_pool::kept_bytes(), 0u);
        frame_pool::give(frame, 128);
        EXPECT_EQ(frame_pool::take(128), frame);
        frame_pool::give(frame, 128);
    });
}

TEST(frame_pool, keeps_size_classes_apart)
{
    on_a_fresh_thread([] {
        for (std::size_t size = 1; size <= 2048; ++size) {
            auto* const frame = frame_pool::take(size);
            std::fill_n(static_cast<unsigned char*>(frame), size, static_cast<unsigned char>(0xee));
            frame_pool::give(frame, size);
        }
        EXPECT_EQ(frame_pool::kept_bytes(), 64u * 32 * 33 / 2) << "one frame of each class";
    });
}

TEST(frame_pool, leaves_large_frames_to_the_heap)
{
    on_a_fresh_thread([] {
        frame_pool::give(frame_pool::take(2048), 2048);
        EXPECT_EQ(frame_pool::kept_bytes(), 2048u);
        frame_pool::give(frame_pool::take(2049), 2049);
        frame_pool::give(frame_pool::take(1'000'000), 1'000'000);
        EXPECT_EQ(frame_pool::kept_bytes(), 2048u);
    });
}

TEST(frame_pool, keeps_no_more_than_its_bound_of_each_class)
{
    on_a_fresh_thread([] {
        constexpr std::size_t fit = frame_pool::max_kept;
        auto const large = take_frames(fit + 10, 2048);
        auto const small = take_frames(fit + 20, 1);
        EXPECT_EQ((std::set<void*>{large.begin(), large.end()}.size()), large.size());
        give_frames(large, 2048);
        EXPECT_EQ(frame_pool::kept_bytes(), fit * 2048);
        give_frames(small, 1);
        EXPECT_EQ(frame_pool::kept_bytes(), fit * 2048 + fit * 64);
    });
}

task<int> three_levels() { co_return co_await probe::give(1) + co_await probe::give(2); }

TEST(frame_pool, serves_every_task_after_the_first_without_the_heap)
{
    manual_scheduler loop;
    loop.run(three_levels());
    auto const kept = frame_pool::kept_bytes();
    EXPECT_GT(kept, 0u);
    for (int round = 0; round < 10; ++round)
        loop.run(three_levels());
    EXPECT_EQ(frame_pool::kept_bytes(), kept);
}

}  // namespace
}  // namespace redstart

#ifdef REDSTART_TEST_WITH_COUNTED_HEAP

namespace {

// How many pieces of memory this program holds.
constinit std::atomic<long> held{0};

}  // namespace

void* operator new(std::size_t size)
{
    auto* const memory = std::malloc(size);
    if (!memory)
        throw std::bad_alloc{};
    held.fetch_add(1, std::memory_order_relaxed);
    return memory;
}

void operator delete(void* memory) noexcept
{
    if (memory)
        held.fetch_sub(1, std::memory_order_relaxed);
    std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept { ::operator delete(memory); }

namespace redstart {
namespace {

TEST(frame_pool, gives_what_exceeds_its_bound_to_the_heap)
{
    on_a_fresh_thread([] {
        auto const frames = take_frames(frame_pool::max_kept + 30, 512);
        auto const before = held.load();
        give_frames(frames, 512);
        EXPECT_EQ(before - held.load(), 30);
    });
}

TEST(frame_pool, frees_what_it_kept_when_its_thread_ends)
{
    auto const before = held.load();
    on_a_fresh_thread([] { give_frames(take_frames(1'000, 256), 256); });
    EXPECT_EQ(held.load(), before);
}

// A frame may be freed by another thread than the one that took it: that one keeps it, although it
// took none.
TEST(frame_pool, frees_at_the_end_of_a_thread_that_only_ever_gave)
{
    auto const frames = take_frames(1'000, 256);
    auto const before = held.load();
    on_a_fresh_thread([&] {
        give_frames(frames, 256);
        EXPECT_EQ(frame_pool::kept_bytes(), 256'000u);
    });
    EXPECT_EQ(held.load(), before - 1'000);
}

struct frame_at_the_end {  // gives a frame when the thread's other objects are already destroyed
    void* frame = nullptr;
    ~frame_at_the_end()
    {
        if (frame)
            frame_pool::give(frame, 256);
    }
};

TEST(frame_pool, frees_what_comes_after_its_thread_has_cleaned_up)
{
    auto const before = held.load();
    on_a_fresh_thread([] {
        thread_local frame_at_the_end last;
        last.frame = frame_pool::take(256);
        give_frames(take_frames(10, 256), 256);  // the pool's cleaning comes before `last` ends
    });
    EXPECT_EQ(held.load(), before);
}

}  // namespace
}  // namespace redstart

#endif

#else

TEST(frame_pool, keeps_nothing_from_address_sanitizer)
{
    using pool = redstart::frame_pool;
    pool::give(pool::take(100), 100);
    EXPECT_EQ(pool::kept_bytes(), 0u);
}

#endif
