// Lines as they stand on the wire.
//
// Incomplete is said only while the bytes could still become something valid, and it does not
// depend on how they came.

#include "redstart/wire/line.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace redstart::wire {
namespace {

constexpr std::ptrdiff_t most_digits = 18;

bool is_digit(char const c) { return c >= '0' && c <= '9'; }

length_line malformed(char const* const why)
{
    return {.value = length_line::malformed, .error = why};
}

// "?" or "-1".
length_line read_mark(char const* const at, char const* const end)
{
    bool const streamed = *at == '?';
    auto const mark = streamed ? std::string_view{"?\r\n"} : std::string_view{"-1\r\n"};
    auto const offered = std::string_view{at, end}.substr(0, mark.size());
    if (!mark.starts_with(offered))
        return malformed(not_a_length);
    if (offered.size() < mark.size())
        return {.value = length_line::incomplete};
    return {.value = streamed ? length_line::streamed : length_line::null,
            .after = at + mark.size()};
}

}  // namespace

length_line read_length(char const* const at, char const* const end)
{
    auto const* const first = at + 1;
    auto const* const stop = first + std::min(end - first, most_digits);
    auto const* digit = first;
    std::int64_t length = 0;
    for (; digit != stop && is_digit(*digit); ++digit)
        length = length * 10 + (*digit - '0');
    if (digit == end)
        return {.value = length_line::incomplete};
    if (digit == first)
        return read_mark(first, end);
    if (is_digit(*digit))
        return malformed("a length has more than 18 digits");
    if (*digit != '\r' || (*first == '0' && digit != first + 1))
        return malformed(not_a_length);
    if (digit + 1 == end)
        return {.value = length_line::incomplete};
    return digit[1] == '\n' ? length_line{.value = length, .after = digit + line_end_size}
                            : malformed(bare_return);
}

// Most lines are short, and calling memchr costs more than they do.
char const* find_line_end(char const* at, char const* const end)
{
    for (auto const* const near = at + std::min<std::ptrdiff_t>(end - at, 16); at != near; ++at)
        if (*at == '\r' || *at == '\n')
            return at;
    if (at == end)
        return end;
    auto const* const found = std::memchr(at, '\r', static_cast<std::size_t>(end - at));
    auto const* const stop = found ? static_cast<char const*>(found) : end;
    auto const* const feed = std::memchr(at, '\n', static_cast<std::size_t>(stop - at));
    return feed ? static_cast<char const*>(feed) : stop;
}

}  // namespace redstart::wire
