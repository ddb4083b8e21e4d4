#include "redstart/http/problem.hpp"

#include "redstart/base/failure.hpp"
#include "redstart/http/response.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace redstart::http {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Problem, IsADocument)
{
    EXPECT_EQ(problem{404}.document(),
              R"({"type":"about:blank","title":"Not Found","status":404})");
    problem full{400, "no \"such\" thing"};
    full.type("urn:x", "Wrong").with("count", 3).with("names", std::vector<std::string>{"a", "b"});
    EXPECT_EQ(full.document(),
              R"({"type":"urn:x","title":"Wrong","status":400,"detail":"no \"such\" thing",)"
              R"("count":3,"names":["a","b"]})");
}

TEST(Problem, ShowsNothingThatIsNotText)
{
    EXPECT_EQ((problem{400, "\xff\xfe"}.document()),
              R"({"type":"about:blank","title":"Bad Request","status":400,"detail":""})");
}

TEST(Problem, BecomesAResponse)
{
    auto const answer = response::problem(problem{503, "later"}.header("Retry-After", "7"));
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.media_type, "application/problem+json");
    EXPECT_EQ(answer.headers.get("Retry-After"), "7");
}

failure failed(failure_code code, std::string server_text = {}, outcome result = outcome::not_sent)
{
    return failure{{.code = code,
                    .outcome = result,
                    .command = "GET",
                    .reason = "secret reason",
                    .server_text = std::move(server_text)}};
}

template <class Exception>
problem described(Exception const& thrown)
{
    return describe(std::make_exception_ptr(thrown));
}

TEST(Describe, TellsWhatMayBeTriedAgain)
{
    auto const slow = described(failed(failure_code::timed_out, {}, outcome::maybe_applied));
    EXPECT_EQ(slow.status(), 503);
    EXPECT_EQ(slow.type(), problem_type::timed_out);
    EXPECT_THAT(slow.document(), HasSubstr(R"("outcome":"maybe applied")"));
    EXPECT_EQ(slow.headers().get("Retry-After"), "1");
    EXPECT_EQ(described(failed(failure_code::connect_failed)).type(), problem_type::unavailable);
    EXPECT_EQ(described(failed(failure_code::connection_lost)).type(), problem_type::unavailable);
    EXPECT_EQ(described(failed(failure_code::overloaded)).type(), problem_type::overloaded);
    EXPECT_EQ(described(failed(failure_code::stopped)).type(), problem_type::stopping);
    EXPECT_EQ(described(failed(failure_code::cancelled)).type(), problem_type::stopping);
    EXPECT_EQ(described(failed(failure_code::server_error, "LOADING Redis is loading")).status(),
              503);
    EXPECT_EQ(described(failed(failure_code::server_error, "WRONGTYPE Operation against")).status(),
              500);
    for (auto const code : {failure_code::authentication_failed, failure_code::protocol_error,
                            failure_code::decode_failed, failure_code::invalid_argument,
                            failure_code::forbidden_command})
        EXPECT_EQ(described(failed(code)).status(), 500) << to_string(code);
}

TEST(Describe, NeverTellsWhatWasThrown)
{
    for (auto const& shown :
         {described(failed(failure_code::server_error, "WRONGTYPE secret reason")),
          described(failed(failure_code::timed_out)),
          described(std::runtime_error{"secret reason"}), describe(std::make_exception_ptr(7))})
        EXPECT_THAT(shown.document(), Not(HasSubstr("secret")));
    EXPECT_EQ(described(std::runtime_error{"x"}).status(), 500);
    EXPECT_EQ(described(problem{418}).status(), 418);
}

}  // namespace
}  // namespace redstart::http
