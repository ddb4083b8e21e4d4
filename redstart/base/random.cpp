#include "redstart/base/random.hpp"

#include <sys/random.h>

#include <bit>
#include <cerrno>
#include <cstdlib>

namespace redstart {

void fill_secure_random(std::span<std::byte> out)
{
    while (!out.empty()) {
        auto const got = ::getrandom(out.data(), out.size(), 0);
        if (got > 0)
            out = out.subspan(static_cast<std::size_t>(got));
        else if (errno != EINTR)
            std::abort();  // an id that could be guessed is worse than no program
    }
}

std::string random_token(std::size_t bytes)
{
    static constexpr char digits[] = "0123456789abcdef";
    std::string raw(bytes, '\0');
    fill_secure_random(std::as_writable_bytes(std::span{raw}));
    std::string text;
    text.reserve(bytes * 2);
    for (char const c : raw) {
        auto const byte = static_cast<unsigned char>(c);
        text.push_back(digits[byte >> 4]);
        text.push_back(digits[byte & 15]);
    }
    return text;
}

namespace {

struct generator {  // xoshiro256++ by Blackman and Vigna, public domain
    std::array<std::uint64_t, 4> state{};

    generator() { fill_secure_random(std::as_writable_bytes(std::span{state})); }

    std::uint64_t next() noexcept
    {
        auto const result = std::rotl(state[0] + state[3], 23) + state[0];
        auto const shifted = state[1] << 17;
        state[2] ^= state[0];
        state[3] ^= state[1];
        state[1] ^= state[2];
        state[0] ^= state[3];
        state[2] ^= shifted;
        state[3] = std::rotl(state[3], 45);
        return result;
    }
};

}  // namespace

std::uint64_t fast_random() noexcept
{
    thread_local generator mine;
    return mine.next();
}

}  // namespace redstart
