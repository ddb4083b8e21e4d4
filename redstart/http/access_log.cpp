#include "redstart/http/middleware.hpp"
#include "redstart/http/problem.hpp"
#include "redstart/http/recorded_status.hpp"

namespace redstart::http {

namespace {

using writer = std::function<void(access_record const&)>;

// The body counts before the handler may move it out.
access_record begin_record(context& c)
{
    auto const& asked = c.request();
    return {.method = asked.method_name,
            .target = asked.target,
            .route = c.route(),
            .client = c.client_address(),
            .version = asked.version(),
            .request_bytes = asked.body.size()};
}

task<response> logged(writer const& write, context& c, next go_on)
{
    auto record = begin_record(c);
    std::exception_ptr thrown;
    try {
        auto answer = co_await go_on(c);
        record.status = recorded_status(c, answer.status);
        record.response_bytes = answer.body.size();
        record.duration = boot_clock::now() - c.started_at();
        write(record);
        co_return answer;
    } catch (...) {
        thrown = std::current_exception();
    }
    record.status = recorded_status(c, describe(thrown).status());
    record.duration = boot_clock::now() - c.started_at();
    write(record);
    std::rethrow_exception(thrown);
}

}  // namespace

middleware access_log(std::function<void(access_record const&)> write)
{
    return [write = std::move(write)](context& c, next go_on) { return logged(write, c, go_on); };
}

}  // namespace redstart::http
