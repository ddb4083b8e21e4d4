#include "redstart/http/problem.hpp"

#include "redstart/base/failure.hpp"
#include "redstart/codec/json_string.hpp"
#include "redstart/http/status.hpp"

#include <algorithm>
#include <array>

namespace redstart::http {

namespace {

void append_text(std::string_view text, std::string& out)
{
    auto const before = out.size();
    if (codec::append_json_string(text, out))
        return;
    out.resize(before);  // not UTF-8: nothing of it is shown
    out.append("\"\"");
}

problem unavailable(std::string_view type, std::string_view title)
{
    problem shown{503};
    shown.type(type, title).header("Retry-After", "1");
    return shown;
}

// Error codes of a server that will soon answer otherwise, or that another request may not meet.
bool is_temporary(std::string_view server_code)
{
    static constexpr std::array<std::string_view, 9> codes{"BUSY",       "CLUSTERDOWN", "LOADING",
                                                           "MASTERDOWN", "NOREPLICAS",  "OOM",
                                                           "READONLY",   "TRYAGAIN",    "MISCONF"};
    return std::ranges::find(codes, server_code) != codes.end();
}

problem describe_failure(failure const& why)
{
    switch (why.code()) {
    case failure_code::timed_out:
        return unavailable(problem_type::timed_out,
                           "A service behind this one did not answer in time");
    case failure_code::connect_failed:
    case failure_code::connection_lost:
    case failure_code::circuit_open:
        return unavailable(problem_type::unavailable,
                           "A service behind this one cannot be reached");
    case failure_code::overloaded:
        return unavailable(problem_type::overloaded, "Too much is being asked at once");
    case failure_code::cancelled:
    case failure_code::stopped:
        return unavailable(problem_type::stopping, "This service is stopping");
    case failure_code::server_error:
        if (is_temporary(why.server_code()))
            return unavailable(problem_type::unavailable,
                               "A service behind this one cannot serve now");
        return problem{500};
    case failure_code::conflict: return problem{409, "Others changed it at the same time"};
    case failure_code::authentication_failed:
    case failure_code::protocol_error:
    case failure_code::decode_failed:
    case failure_code::invalid_argument:
    case failure_code::forbidden_command: return problem{500};
    }
    return problem{500};
}

}  // namespace

problem::problem(int status, std::string detail)
    : status_{status}, title_{reason_phrase(status)}, detail_{std::move(detail)}
{
}

problem& problem::type(std::string_view uri, std::string_view title)
{
    type_ = uri;
    title_ = title;
    return *this;
}

problem& problem::header(std::string_view name, std::string_view value)
{
    headers_.set(name, value);
    return *this;
}

problem& problem::with_json(std::string_view member, std::string_view value)
{
    members_.push_back(',');
    append_text(member, members_);
    members_.append(":").append(value);
    return *this;
}

std::string problem::document() const
{
    std::string text = "{\"type\":";
    append_text(type_, text);
    text.append(",\"title\":");
    append_text(title_, text);
    text.append(",\"status\":").append(std::to_string(status_));
    if (!detail_.empty()) {
        text.append(",\"detail\":");
        append_text(detail_, text);
    }
    return text.append(members_).append("}");
}

problem describe(std::exception_ptr why)
{
    try {
        std::rethrow_exception(std::move(why));
    } catch (problem const& shown) {
        return shown;
    } catch (failure const& failed) {
        auto shown = describe_failure(failed);
        if (shown.status() == 503)
            shown.with("outcome", std::string{to_string(failed.outcome())});
        return shown;
    } catch (...) {
        return problem{500};
    }
}

}  // namespace redstart::http
