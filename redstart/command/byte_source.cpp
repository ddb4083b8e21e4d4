#include "redstart/command/byte_source.hpp"

#include <algorithm>

namespace redstart {

namespace {

constexpr std::size_t least_room = 64 * 1024;   // bytes
constexpr std::size_t most_read = 1024 * 1024;  // bytes at once: others on the loop want their turn

std::size_t roomier(std::size_t have, std::size_t left)
{
    return have + std::min(left, std::max(have, least_room));
}

void make_room(std::string& text, std::size_t capacity)
{
    std::string copy;  // reserve() would double what is there, whatever is asked
    copy.reserve(capacity);
    copy.append(text);
    text.swap(copy);
}

void make_room(std::vector<std::byte>& bytes, std::size_t capacity) { bytes.reserve(capacity); }

// How much to read next; there is room for it.
template <class Bytes>
std::size_t prepare(Bytes& to, std::size_t left)
{
    if (to.capacity() - to.size() < std::min(left, least_room))
        make_room(to, roomier(to.size(), left));
    return std::min({left, to.capacity() - to.size(), most_read});
}

}  // namespace

std::size_t append_from(byte_source& from, std::size_t left, std::string& to)
{
    auto const have = to.size();
    auto const most = prepare(to, left);
    std::size_t got = 0;
    to.resize_and_overwrite(have + most, [&](char* begin, std::size_t) {
        got = from.read({begin + have, most});
        return have + got;
    });
    return got;
}

// A vector cannot grow without being filled with zeros; what was not read over is cut off again.
std::size_t append_from(byte_source& from, std::size_t left, std::vector<std::byte>& to)
{
    auto const have = to.size();
    auto const most = prepare(to, left);
    to.resize(have + most);
    auto const got = from.read({reinterpret_cast<char*>(to.data() + have), most});
    to.resize(have + got);
    return got;
}

}  // namespace redstart
