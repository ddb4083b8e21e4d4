#include "redstart/http/middleware.hpp"
#include "redstart/http/problem.hpp"

#include <algorithm>
#include <vector>

namespace redstart::http {

namespace {

using decider = std::function<task<rate_decision>(context&)>;

std::int64_t seconds_up(std::chrono::nanoseconds time) noexcept
{
    return std::max<std::int64_t>(0, std::chrono::ceil<std::chrono::seconds>(time).count());
}

// A string of structured fields (RFC 9651, 3.3.3): printable ASCII, with quotes and backslashes escaped.
std::string quoted(std::string_view name)
{
    std::string text = "\"";
    for (char const c : name) {
        if (c < 0x20 || c >= 0x7f)
            continue;
        if (c == '"' || c == '\\')
            text.push_back('\\');
        text.push_back(c);
    }
    return text.append("\"");
}

// The largest integer of structured fields (RFC 9651, 3.3.1).
std::string field_integer(std::uint64_t value)
{
    return std::to_string(std::min<std::uint64_t>(value, 999'999'999'999'999));
}

std::int64_t retry_seconds(rate_decision const& decision) noexcept
{
    return std::max<std::int64_t>(1, seconds_up(decision.retry_after));
}

// A refused client must not be told in RateLimit to wait longer than in Retry-After, which it may follow instead.
std::int64_t reset_seconds(rate_decision const& decision) noexcept
{
    auto const reset = seconds_up(decision.reset_after);
    return decision.allowed ? reset : std::min(reset, retry_seconds(decision));
}

void add_fields(rate_decision const& decision, response_headers& to)
{
    auto policy = quoted(decision.policy);
    auto state = policy;
    policy.append(";q=").append(field_integer(decision.limit));
    if (auto const window = seconds_up(decision.window); window > 0)
        policy.append(";w=").append(std::to_string(window));
    state.append(";r=").append(field_integer(decision.remaining));
    state.append(";t=").append(std::to_string(reset_seconds(decision)));
    to.add("RateLimit-Policy", policy);  // added, as several limits may watch one request
    to.add("RateLimit", state);
}

task<response> limited(decider const& decide, context& c, next go_on)
{
    auto const decision = co_await decide(c);
    add_fields(decision, c.headers());
    if (decision.allowed)
        co_return co_await go_on(c);
    problem shown{429, "too many requests: wait before you try again"};
    shown
        .type(problem_type::quota_exceeded,
              "Request cannot be satisfied as assigned quota has been exceeded")
        .with("violated-policies", std::vector{decision.policy})
        .header("Retry-After", std::to_string(retry_seconds(decision)));
    co_return response::problem(shown);
}

}  // namespace

middleware rate_limit(std::function<task<rate_decision>(context&)> decide)
{
    return
        [decide = std::move(decide)](context& c, next go_on) { return limited(decide, c, go_on); };
}

}  // namespace redstart::http
