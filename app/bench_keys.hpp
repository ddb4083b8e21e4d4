// Which keys a benchmark asks for, made so that making them costs next to nothing beside a command.

#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace redstart::app {

// "bench:000000000042": 18 bytes, of which only the last digits change.
class bench_key {
public:
    bench_key(std::string_view prefix, std::uint64_t numbers) noexcept
    {
        text_.fill('0');
        std::ranges::copy(prefix, text_.begin());
        for (auto largest = numbers - 1; largest >= 10; largest /= 10)
            ++changing_;
    }
    // Good until the next call.
    std::string_view of(std::uint64_t number) noexcept
    {
        for (std::size_t at = text_.size(); at > text_.size() - changing_; number /= 10)
            text_[--at] = static_cast<char>('0' + number % 10);
        return {text_.data(), text_.size()};
    }

private:
    std::array<char, 18> text_{};
    std::size_t changing_ = 1;
};

// Counters have keys of their own: they hold numbers.
inline std::string_view prefix_for(std::string_view command) noexcept
{
    return command == "incr" ? "count:" : "bench:";
}

// Whether the mixed load sets this key: nine are read to one that is set.
inline bool mixed_sets(std::uint64_t number) noexcept { return number % 10 == 0; }

// Draws numbers; good enough to spread over keys.
struct bench_numbers {
    std::uint64_t state;
    std::uint64_t next() noexcept
    {
        state = state * 6364136223846793005u + 1442695040888963407u;
        return state >> 33;
    }
};

}  // namespace redstart::app
