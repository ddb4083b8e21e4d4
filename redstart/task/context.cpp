#include "redstart/task/context.hpp"

namespace redstart {

namespace {

failure waiting_ended(failure_code code, std::source_location where)
{
    return failure{{.code = code,
                    .outcome = outcome::not_sent,
                    .command = {},
                    .reason = {},
                    .server_text = {}},
                   where};
}

}  // namespace

failure cancelled_failure(std::source_location where)
{
    return waiting_ended(failure_code::cancelled, where);
}

failure timed_out_failure(std::source_location where)
{
    return waiting_ended(failure_code::timed_out, where);
}

}  // namespace redstart
