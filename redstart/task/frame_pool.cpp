#include "redstart/task/frame_pool.hpp"

#include <utility>

namespace redstart {

namespace {

constinit thread_local bool is_attended = false;

}  // namespace

constinit thread_local std::array<frame_pool::list, frame_pool::classes> frame_pool::lists_{};

// Frees the lists at the end of the thread. It comes with the first frame that the thread gives:
// that may have been taken by another one.
class frame_pool::janitor {
public:
    janitor() noexcept
    {
        is_attended = true;
        for (auto& kept : lists_)
            kept.limit = max_kept;
    }
    janitor(janitor const&) = delete;
    janitor& operator=(janitor const&) = delete;
    ~janitor()
    {
        for (auto& kept : lists_) {
            while (kept.first)
                ::operator delete(std::exchange(kept.first, kept.first->next));
            kept.count = kept.limit = 0;  // the thread is ending: keep nothing more
        }
    }
};

void* frame_pool::from_heap(std::size_t size)
{
    auto const index = (size - 1) / grain;
    return ::operator new(index < lists_.size() ? (index + 1) * grain : size);
}

void frame_pool::keep_or_free(void* frame, std::size_t index) noexcept
{
    if (index < lists_.size() && !is_attended) {
        thread_local janitor const cleaner;
        keep(frame, lists_[index]);
    } else {
        ::operator delete(frame);
    }
}

std::size_t frame_pool::kept_bytes() noexcept
{
    std::size_t bytes = 0;
    for (std::size_t index = 0; index < lists_.size(); ++index)
        bytes += lists_[index].count * (index + 1) * grain;
    return bytes;
}

}  // namespace redstart
