#include "redstart/client/retry.hpp"

#include <gtest/gtest.h>

namespace redstart {
namespace {

TEST(a_retry, repeats_what_the_server_refused_for_now_whatever_it_was)
{
    for (auto const* const code :
         {"LOADING", "BUSY", "TRYAGAIN", "CLUSTERDOWN", "MASTERDOWN", "READONLY", "NOAUTH"})
        EXPECT_TRUE(is_worth_repeating(failure_code::server_error, outcome::refused, code, false));
    for (auto const* const code : {"ERR", "WRONGTYPE", "OOM", "MISCONF", "NOPERM", "WRONGPASS",
                                   "NOREPLICAS", "EXECABORT", "BUSYGROUP", "BUSYKEY", "NOSCRIPT"})
        EXPECT_FALSE(is_worth_repeating(failure_code::server_error, outcome::refused, code, true))
            << code;
}

TEST(a_retry, does_not_repeat_a_script_that_has_begun)
{
    EXPECT_FALSE(
        is_worth_repeating(failure_code::server_error, outcome::maybe_applied, "BUSY", false));
}

TEST(a_retry, repeats_only_what_is_idempotent_after_a_lost_connection)
{
    EXPECT_TRUE(
        is_worth_repeating(failure_code::connection_lost, outcome::maybe_applied, "", true));
    EXPECT_FALSE(
        is_worth_repeating(failure_code::connection_lost, outcome::maybe_applied, "", false));
    EXPECT_TRUE(is_worth_repeating(failure_code::connection_lost, outcome::not_sent, "", false));
}

TEST(a_retry, does_not_repeat_what_has_had_its_time_or_is_not_wanted_any_more)
{
    for (auto const code :
         {failure_code::timed_out, failure_code::cancelled, failure_code::overloaded,
          failure_code::stopped, failure_code::decode_failed, failure_code::authentication_failed})
        EXPECT_FALSE(is_worth_repeating(code, outcome::not_sent, "", true));
}

TEST(a_retry_budget, is_spent_and_earned)
{
    retry_budget budget{{.pause = {}, .budget = 2, .earned_by = 3}};
    EXPECT_TRUE(budget.spend());
    EXPECT_TRUE(budget.spend());
    EXPECT_FALSE(budget.spend());
    budget.earn();
    budget.earn();
    EXPECT_FALSE(budget.spend());
    budget.earn();
    EXPECT_TRUE(budget.spend());
    EXPECT_FALSE(budget.spend());
}

TEST(a_retry_budget, saves_no_more_than_it_may)
{
    retry_budget budget{{.pause = {}, .budget = 1, .earned_by = 1}};
    for (int i = 0; i < 100; ++i)
        budget.earn();
    EXPECT_TRUE(budget.spend());
    EXPECT_FALSE(budget.spend());
}

}  // namespace
}  // namespace redstart
