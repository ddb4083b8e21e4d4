#include "app/processing.hpp"

#include "redstart/codec/described.hpp"
#include "redstart/http/problem.hpp"
#include "redstart/task/sleep.hpp"

#include <cmath>
#include <optional>
#include <string>

namespace redstart::app {

struct process_request {
    std::optional<std::string> task;
    std::optional<double> seconds;  // that the work takes
    std::optional<double> wait;     // seconds, while another does this task
};
BOOST_DESCRIBE_STRUCT(process_request, (), (task, seconds, wait))

struct process_reply {
    std::string task;
    std::string result;
    std::int64_t fence = 0;  // greater than that of every earlier run of this task
};
BOOST_DESCRIBE_STRUCT(process_reply, (), (task, result, fence))

namespace {

using std::chrono::milliseconds;

constexpr std::size_t longest_task = 512;
// Both together stay below the deadline of a request.
constexpr double longest_work = 20;
constexpr double longest_wait = 5;

milliseconds checked_seconds(double seconds, double longest, std::string_view member)
{
    if (!(seconds >= 0) || seconds > longest)
        throw http::problem{400, std::string{member} + " must be a number of seconds from 0 to " +
                                     std::to_string(static_cast<int>(longest))};
    return milliseconds{static_cast<std::int64_t>(std::ceil(seconds * 1000))};
}

task<std::int64_t> work(milliseconds duration, toolkit::held_lock const& held)
{
    co_await sleep_for(duration);
    // what the work changes would be given it, to refuse those who lost the lock
    co_return held.fence();
}

}  // namespace

processing::processing(client& db)
    : locks_{db, {.name = "process", .terms = {.ttl = std::chrono::seconds{10}}}}
{
}

void processing::add_routes(http::route_group& api)
{
    api.post("/process", [this](http::context& c) { return process(c); });
}

task<http::response> processing::process(http::context& c)
{
    auto const asked = c.request().body.empty() ? process_request{} : c.bind<process_request>();
    auto const name = asked.task.value_or("default");
    if (name.empty() || name.size() > longest_task)
        throw http::problem{400, "/task must have 1 to 512 bytes"};
    auto const duration = checked_seconds(asked.seconds.value_or(2), longest_work, "/seconds");
    auto terms = locks_.options().terms;
    terms.wait = checked_seconds(asked.wait.value_or(longest_wait), longest_wait, "/wait");

    auto const fence = co_await locks_.run(
        name, terms, [duration](toolkit::held_lock const& held) { return work(duration, held); });
    if (!fence) {
        http::problem busy{409, "another caller does this task"};
        busy.header("Retry-After", "1");
        throw busy;
    }
    co_return http::response::json(process_reply{name, "task completed", *fence});
}

}  // namespace redstart::app
