// The middleware on a real server, through a real HTTP server.

#include "redstart/http/redis/limit.hpp"

#include "redstart/client/client.hpp"
#include "redstart/http/app.hpp"
#include "redstart/http/server.hpp"
#include "redstart/testing/plain_peer.hpp"
#include "redstart/testing/server_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace redstart::http {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class Limit : public ::testing::Test {
protected:
    Limit()
    {
        client_options reached;
        reached.server = data_.unix_socket();
        db_.emplace(loops_, reached);
    }
    ~Limit() override
    {
        if (web_)
            loops_.run(web_->stop());
        loops_.run(db_->stop());
    }

    void serve(limit_key key = by_client)
    {
        toolkit::sliding_window const calls{*db_, {.name = "two", .limit = 2, .window = 60s}};
        routes_.use(limit(calls, std::move(key)));
        routes_.get("/", [](context&) -> task<response> { co_return response::text("in"); });
        web_.emplace(loops_, routes_,
                     server_options{.listen = {.host = "127.0.0.1", .port = 0, .unix_path = {}}});
        loops_.run(web_->start());
    }

    std::string ask(std::string_view user = "ada")
    {
        testing::plain_peer peer{web_->address()};
        std::string request = "GET / HTTP/1.0\r\nX-User: ";
        peer.send(request.append(user).append("\r\n\r\n"));
        return peer.receive_rest();
    }

    testing::server_fixture data_;
    runtime loops_{{.loops = 1}};
    std::optional<client> db_;
    app routes_;
    std::optional<server> web_;
};

TEST_F(Limit, RefusesAboveTheWindowAndTellsWhereAClientStands)
{
    serve();
    auto const first = ask();
    EXPECT_THAT(first, StartsWith("HTTP/1.1 200"));
    EXPECT_THAT(first, HasSubstr("RateLimit-Policy: \"two\";q=2;w=60\r\n"));
    EXPECT_THAT(first, HasSubstr("RateLimit: \"two\";r=1;t="));
    EXPECT_THAT(ask(), StartsWith("HTTP/1.1 200"));
    auto const refused = ask("bob");
    EXPECT_THAT(refused, StartsWith("HTTP/1.1 429")) << "it goes by the address alone";
    EXPECT_THAT(refused, HasSubstr("RateLimit: \"two\";r=0;t="));
    EXPECT_THAT(refused, HasSubstr("Retry-After: "));
}

TEST_F(Limit, CountsByTheKeyThatItIsGiven)
{
    serve([](context& c) { return std::string{c.request().headers.get("X-User").value_or("")}; });
    for (auto const* const user : {"ada", "bob"}) {
        EXPECT_THAT(ask(user), StartsWith("HTTP/1.1 200"));
        EXPECT_THAT(ask(user), StartsWith("HTTP/1.1 200"));
        EXPECT_THAT(ask(user), StartsWith("HTTP/1.1 429"));
    }
}

TEST_F(Limit, LetsNobodyInWhenTheServerCannotCount)
{
    serve();
    EXPECT_THAT(ask(), StartsWith("HTTP/1.1 200"));
    EXPECT_EQ(data_.connect().ask({"CONFIG", "SET", "maxmemory", "1"}), "+OK");
    EXPECT_THAT(ask(), StartsWith("HTTP/1.1 503"));
}

}  // namespace
}  // namespace redstart::http
