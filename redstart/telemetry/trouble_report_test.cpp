#include "redstart/telemetry/trouble_report.hpp"

#include <gtest/gtest.h>

namespace redstart::telemetry {

namespace {

using namespace std::chrono_literals;

constexpr boot_clock::time_point report_start{1h};

trouble_report by_the_minute() { return {"http://collector:4318", 1min}; }

}  // namespace

TEST(trouble_report, says_nothing_while_all_is_well)
{
    auto report = by_the_minute();
    EXPECT_FALSE(report.due(report_start));
    report.shipped();
    EXPECT_FALSE(report.due(report_start + 1h));
}

TEST(trouble_report, the_first_loss_is_told_at_once_and_the_next_ones_together)
{
    auto report = by_the_minute();
    report.failed(512, "503");
    EXPECT_EQ(report.due(report_start), "512 spans did not reach http://collector:4318 (503)");
    report.failed(10, "503");
    EXPECT_FALSE(report.due(report_start + 59s));
    report.failed(20, "timeout");
    report.dropped(7);
    EXPECT_EQ(report.due(report_start + 60s),
              "30 spans did not reach http://collector:4318 (timeout), 7 spans were dropped "
              "because too many were waiting");
    EXPECT_FALSE(report.due(report_start + 10min));
}

TEST(trouble_report, what_others_say_is_shown_with_care)
{
    auto report = by_the_minute();
    report.failed(1, "connection_failed", "Could not\x1b[2J\nresolve \xc3\xa9 it");
    EXPECT_EQ(report.due(report_start), "1 spans did not reach http://collector:4318 "
                                        "(connection_failed: Could not?[2J?resolve ?? it)");
    report.failed(1, "503", std::string(10'000, 'x'));
    EXPECT_EQ(report.due(report_start + 1h)->size(),
              std::string_view{"1 spans did not reach http://collector:4318 (503: )"}.size() + 200);
}

TEST(trouble_report, drops_alone)
{
    auto report = by_the_minute();
    report.dropped(1);
    EXPECT_EQ(report.due(report_start), "1 spans were dropped because too many were waiting");
}

TEST(trouble_report, recovery_is_told_once)
{
    auto report = by_the_minute();
    report.failed(1, "connection_failed");
    EXPECT_TRUE(report.due(report_start));
    report.shipped();
    EXPECT_FALSE(report.due(report_start + 30s)) << "may be over in a moment";
    EXPECT_EQ(report.due(report_start + 61s), "spans reach http://collector:4318 again");
    report.shipped();
    EXPECT_FALSE(report.due(report_start + 1h));
    report.failed(1, "connection_failed");
    EXPECT_TRUE(report.due(report_start + 1h)) << "a new trouble is told at once";
}

TEST(trouble_report, no_recovery_before_something_was_shipped)
{
    auto report = by_the_minute();
    report.shipped();
    report.failed(1, "500");
    EXPECT_TRUE(report.due(report_start));
    EXPECT_FALSE(report.due(report_start + 1h));
}

}  // namespace redstart::telemetry
