// How it stands with a lock on the server: for operators. What is reported may have changed since.

#pragma once

#include <boost/describe/class.hpp>

#include <cstdint>

namespace redstart::toolkit {

struct lock_report {
    std::int64_t holders = 0;  // whoever they are
    // the last one given; 0 if there is none, or nobody got it for a day
    std::int64_t fence = 0;
    // until all holders have ended, if none renews or releases; -1: never, somebody else wrote it without an end
    std::int64_t ends_in_ms = 0;
    // those in the line of a fair lock who are believed to wait; of any other 1 if a release is to be told to somebody
    std::int64_t waiting = 0;
};
BOOST_DESCRIBE_STRUCT(lock_report, (), (holders, fence, ends_in_ms, waiting))

}  // namespace redstart::toolkit
