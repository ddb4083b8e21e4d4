#include "redstart/client/circuit_breaker.hpp"

#include <gtest/gtest.h>

namespace redstart {
namespace {

using namespace std::chrono_literals;

class a_circuit_breaker : public ::testing::Test {
protected:
    void fail(int times)
    {
        for (int i = 0; i < times; ++i)
            breaker.note_failure(now);
    }

    circuit_breaker breaker{{.failures = 3, .open_for = 10s}};
    boot_clock::time_point now{1000s};
};

TEST_F(a_circuit_breaker, opens_after_so_many_failures_in_a_row)
{
    fail(2);
    EXPECT_TRUE(breaker.lets_pass(now));
    breaker.note_success();
    fail(2);
    EXPECT_TRUE(breaker.lets_pass(now)) << "a success was in between";
    fail(1);
    EXPECT_TRUE(breaker.is_open());
    EXPECT_FALSE(breaker.lets_pass(now));
}

TEST_F(a_circuit_breaker, lets_one_try_after_a_while)
{
    fail(3);
    now += 9s;
    EXPECT_FALSE(breaker.lets_pass(now));
    now += 1s;
    EXPECT_TRUE(breaker.lets_pass(now));
    EXPECT_FALSE(breaker.lets_pass(now)) << "one is trying already";
    breaker.note_success();
    EXPECT_FALSE(breaker.is_open());
    EXPECT_TRUE(breaker.lets_pass(now));
}

TEST_F(a_circuit_breaker, stays_open_when_the_try_fails)
{
    fail(3);
    now += 10s;
    EXPECT_TRUE(breaker.lets_pass(now));
    fail(1);
    now += 9s;
    EXPECT_FALSE(breaker.lets_pass(now));
    now += 1s;
    EXPECT_TRUE(breaker.lets_pass(now));
}

TEST_F(a_circuit_breaker, lets_another_try_when_one_ends_without_a_verdict)
{
    fail(3);
    now += 10s;
    EXPECT_TRUE(breaker.lets_pass(now));
    breaker.note_neither();
    EXPECT_TRUE(breaker.lets_pass(now));
}

}  // namespace
}  // namespace redstart
