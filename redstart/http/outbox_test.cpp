#include "redstart/http/outbox.hpp"

#include <gtest/gtest.h>

#include <string>

namespace redstart::http {
namespace {

void append_to(outbox& out, std::string_view text)
{
    out.tail().append(text);
    out.appended();
}

// Writes `step` bytes at a time until nothing is left, and gives what was written.
std::string written_in_steps(outbox& out, std::size_t step)
{
    std::string all;
    while (!out.empty()) {
        std::string next;
        for (auto const part : out.parts())
            next += part.substr(0, step - next.size());
        all += next;
        out.written(next.size());
    }
    return all;
}

TEST(Outbox, KeepsTheOrderOfSmallAndLarge)
{
    std::string const large(20'000, 'L');
    for (std::size_t const step : {1000u, 1u, 7u, 100'000u}) {
        outbox out;
        std::string expected;
        for (int round = 0; round < 6; ++round) {
            auto const text = "head" + std::to_string(round);
            append_to(out, text);
            out.add(std::string{large});
            append_to(out, "a");
            out.add("small");
            expected += text + large + "a" + "small";
        }
        EXPECT_EQ(out.size(), expected.size());
        EXPECT_EQ(written_in_steps(out, step), expected);
        append_to(out, "again");
        EXPECT_EQ(written_in_steps(out, step), "again");
    }
}

TEST(Outbox, MayBeAppendedToWhileItIsWritten)
{
    outbox out;
    append_to(out, "hello ");
    out.written(3);
    append_to(out, "world");
    EXPECT_EQ(out.size(), 8u);
    EXPECT_EQ(written_in_steps(out, 2), "lo world");
    append_to(out, "x");
    out.clear();
    EXPECT_TRUE(out.empty());
    EXPECT_TRUE(out.parts().empty());
}

}  // namespace
}  // namespace redstart::http
