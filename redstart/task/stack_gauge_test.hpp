// Measures how far the stack reaches at the places that call it.
//
// It takes the address of a real frame: under AddressSanitizer a local may lie elsewhere.

#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

namespace redstart {

class stack_gauge {
public:
    [[gnu::noinline]] void measure() noexcept
    {
        auto const here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
        lowest_ = std::min(lowest_, here);
        highest_ = std::max(highest_, here);
        ++measured_;
    }

    std::size_t measured() const noexcept { return measured_; }
    // The distance between the deepest and the highest place; a few frames when nothing recurses.
    std::size_t bytes() const noexcept { return measured_ == 0 ? 0 : highest_ - lowest_; }

    static constexpr std::size_t few_frames = 4096;  // bytes

private:
    std::uintptr_t lowest_ = std::numeric_limits<std::uintptr_t>::max();
    std::uintptr_t highest_ = 0;
    std::size_t measured_ = 0;
};

}  // namespace redstart
