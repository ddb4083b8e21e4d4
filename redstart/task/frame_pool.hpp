// Recycled memory for coroutine frames, per thread.
//
// A frame is mostly followed by one of the same size, so each thread keeps freed frames by size
// class. What it keeps is bounded; larger frames, and everything under AddressSanitizer, use the
// heap.

#pragma once

#include <array>
#include <cstddef>
#include <new>

namespace redstart {

class frame_pool {
public:
    static constexpr std::size_t max_kept = 1024;  // frames of each class, per thread

    static void* take(std::size_t size)
    {
        auto const index = (size - 1) / grain;
        if (index < lists_.size()) [[likely]] {
            auto& kept = lists_[index];
            if (auto* const first = kept.first) [[likely]] {
                kept.first = first->next;
                --kept.count;
                return first;
            }
        }
        return from_heap(size);
    }

    // A frame may be given by another thread than the one that took it.
    static void give(void* frame, std::size_t size) noexcept
    {
        auto const index = (size - 1) / grain;
        if (index < lists_.size()) [[likely]] {
            auto& kept = lists_[index];
            if (kept.count < kept.limit) [[likely]] {
                keep(frame, kept);
                return;
            }
        }
        keep_or_free(frame, index);
    }

    // How many bytes this thread keeps for reuse.
    static std::size_t kept_bytes() noexcept;

private:
#if defined(__SANITIZE_ADDRESS__)
    static constexpr bool recycles = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
    static constexpr bool recycles = false;
#else
    static constexpr bool recycles = true;
#endif
#else
    static constexpr bool recycles = true;
#endif
    static constexpr std::size_t grain = 64;
    static constexpr std::size_t classes = recycles ? 32 : 0;  // frames of up to 2 KiB

    struct node {
        node* next;
    };
    struct list {
        node* first = nullptr;
        std::size_t count = 0;
        std::size_t limit = 0;  // none until somebody is there to free them at the thread's end
    };
    class janitor;

    static void keep(void* frame, list& kept) noexcept
    {
        kept.first = ::new (frame) node{kept.first};
        ++kept.count;
    }
    static void* from_heap(std::size_t size);
    static void keep_or_free(void* frame, std::size_t index) noexcept;

    // Plain data, so that reaching it needs no initialisation check.
    static constinit thread_local std::array<list, classes> lists_;
};

}  // namespace redstart
