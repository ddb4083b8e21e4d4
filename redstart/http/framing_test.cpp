// Requests that two parsers could cut at different places, and the limits on heads and bodies: bytes in, bytes out.

#include "redstart/http/connection_harness.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace redstart::http {
namespace {

struct framing_case {
    std::string what;
    std::string bytes;
    int status;
};

class Framing : public testing::Test {
protected:
    Framing()
    {
        routes_.get("/", [this](context&) -> task<response> {
            ++reached_;
            co_return response::text("root");
        });
        routes_.post("/", [this](context& c) -> task<response> {
            ++reached_;
            co_return response::text("got " + c.request().body);
        });
        routes_.get("/smuggled", [this](context&) -> task<response> {
            ++smuggled_;
            co_return response::text("smuggled");
        });
    }

    app routes_;
    int reached_ = 0;
    int smuggled_ = 0;
};

std::string const smuggled = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";

std::string post(std::string_view fields, std::string_view rest = {},
                 std::string_view version = "1.1")
{
    std::string text = "POST / HTTP/";
    return text.append(version)
        .append("\r\nHost: x\r\n")
        .append(fields)
        .append("\r\n")
        .append(rest);
}

std::string chunked(std::string_view body) { return post("Transfer-Encoding: chunked\r\n", body); }

std::vector<framing_case> const refused_requests{
    {"Content-Length, then chunked",
     post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
    {"chunked, then Content-Length",
     post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"), 400},
    {"gzip, then Content-Length", post("Transfer-Encoding: gzip\r\nContent-Length: 5\r\n", "hello"),
     400},
    {"Content-Length, then gzip", post("Content-Length: 5\r\nTransfer-Encoding: gzip\r\n", "hello"),
     400},
    {"gzip alone", post("Transfer-Encoding: gzip\r\n"), 400},
    {"chunked not last", post("Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n"), 400},
    {"chunked last of two", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 400},
    {"chunked twice in a list", post("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n"), 400},
    {"chunked in two fields",
     post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
    {"gzip and chunked in two fields",
     post("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
    {"identity", post("Transfer-Encoding: identity\r\n"), 400},
    {"empty Transfer-Encoding", post("Transfer-Encoding:\r\n"), 400},
    {"quoted chunked", post("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n"), 400},
    {"chunked with parameters", post("Transfer-Encoding: chunked;q=1\r\n", "0\r\n\r\n"), 400},
    {"vertical tab before chunked", post("Transfer-Encoding: \vchunked\r\n", "0\r\n\r\n"), 400},
    {"chunked in HTTP/1.0", post("Transfer-Encoding: chunked\r\n", "0\r\n\r\n", "1.0"), 400},
    {"equal Content-Lengths", post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"), 400},
    {"list of equal Content-Lengths", post("Content-Length: 5, 5\r\n", "hello"), 400},
    {"differing Content-Lengths", post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello"), 400},
    {"signed Content-Length", post("Content-Length: +5\r\n", "hello"), 400},
    {"negative Content-Length", post("Content-Length: -5\r\n", "hello"), 400},
    {"hexadecimal Content-Length", post("Content-Length: 0x5\r\n", "hello"), 400},
    {"empty Content-Length", post("Content-Length: \r\n", "hello"), 400},
    {"Content-Length with a blank", post("Content-Length: 5 5\r\n", "hello"), 400},
    {"Content-Length beyond 64 bits", post("Content-Length: 18446744073709551621\r\n", "hello"),
     400},
    {"folded field", post("X: a\r\n b\r\n"), 400},
    {"folded Transfer-Encoding", post("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n"), 400},
    {"folded by a tab", post("X: a\r\n\tb\r\n"), 400},
    {"blank before the first field", "POST / HTTP/1.1\r\n Host: x\r\nHost: x\r\n\r\n", 400},
    {"blank before the colon", post("Content-Length : 5\r\n", "hello"), 400},
    {"no colon", post("Content-Length\r\n"), 400},
    {"empty name", post(": x\r\n"), 400},
    {"name that is no token", post("Content(Length): 5\r\n", "hello"), 400},
    {"bare LF after a field", "POST / HTTP/1.1\r\nHost: x\nContent-Length: 5\r\n\r\nhello", 400},
    {"bare LF after the request line", "GET / HTTP/1.1\nHost: x\r\n\r\n", 400},
    {"bare LF as the empty line", "GET / HTTP/1.1\r\nHost: x\r\n\n", 400},
    {"bare CR in a field", post("X: a\rb\r\n"), 400},
    {"CR CR LF", post("X: a\r\r\n"), 400},
    {"NUL in a field", post(std::string_view{"X: a\0b\r\n", 8}), 400},
    {"control character in a field",
     post("X: a\x01"
          "b\r\n"),
     400},
    {"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
    {"two Hosts", "GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", 400},
    {"two Hosts in HTTP/1.0", "GET / HTTP/1.0\r\nHost: x\r\nHost: y\r\n\r\n", 400},
    {"Host with a path", "GET / HTTP/1.1\r\nHost: x/y\r\n\r\n", 400},
    {"Host with a user", "GET / HTTP/1.1\r\nHost: a@x\r\n\r\n", 400},
    {"list of Hosts", "GET / HTTP/1.1\r\nHost: x, y\r\n\r\n", 400},
    {"HTTP/0.9", "GET /\r\n\r\n", 400},
    {"two blanks", "GET  / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
    {"blank in the target", "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", 400},
    {"tab instead of a blank", "GET\t/ HTTP/1.1\r\nHost: x\r\n\r\n", 400},
    {"byte beyond ASCII in the target", "GET /\xC3\xA4 HTTP/1.1\r\nHost: x\r\n\r\n", 400},
    {"fragment in the target", "GET /#a HTTP/1.1\r\nHost: x\r\n\r\n", 400},
    {"relative target", "GET smuggled HTTP/1.1\r\nHost: x\r\n\r\n", 400},
    {"target of another scheme", "GET ftp://x/ HTTP/1.1\r\nHost: x\r\n\r\n", 400},
    {"target without a host", "GET http:///a HTTP/1.1\r\nHost: x\r\n\r\n", 400},
    {"* for GET", "GET * HTTP/1.1\r\nHost: x\r\n\r\n", 400},
    {"dot segments", "GET /a/../ HTTP/1.1\r\nHost: x\r\n\r\n", 400},
    {"encoded NUL", "GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n", 400},
    {"CONNECT", "CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n", 501},
    {"preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
    {"HTTP/1.2", "GET / HTTP/1.2\r\nHost: x\r\n\r\n", 505},
    {"version in small letters", "GET / http/1.1\r\nHost: x\r\n\r\n", 400},
    {"version with more digits", "GET / HTTP/1.10\r\nHost: x\r\n\r\n", 400},
    {"TLS to a plain port", std::string{"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n", 12}, 400},
    {"two empty lines first", "\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
    {"unknown expectation", post("Expect: magic\r\nContent-Length: 5\r\n", "hello"), 417},
    {"chunk extension", chunked("5;a=b\r\nhello\r\n0\r\n\r\n"), 400},
    {"chunk extension in the last chunk", chunked("0;a=b\r\n\r\n"), 400},
    {"chunk extension with a quoted line end", chunked("5;a=\"\r\n\"\r\nhello\r\n0\r\n\r\n"), 400},
    {"chunk extension with a bare LF", chunked("5;a\nb\r\nhello\r\n0\r\n\r\n"), 400},
    {"blank after the chunk size", chunked("5 \r\nhello\r\n0\r\n\r\n"), 400},
    {"bare LF after the chunk size", chunked("5\nhello\r\n0\r\n\r\n"), 400},
    {"bare LF after a chunk", chunked("5\r\nhello\n0\r\n\r\n"), 400},
    {"chunk longer than it says", chunked("3\r\nhello\r\n0\r\n\r\n"), 400},
    {"chunk size that is no number", chunked("five\r\nhello\r\n0\r\n\r\n"), 400},
    {"signed chunk size", chunked("+5\r\nhello\r\n0\r\n\r\n"), 400},
    {"prefixed chunk size", chunked("0x5\r\nhello\r\n0\r\n\r\n"), 400},
    {"empty chunk size", chunked("\r\nhello\r\n0\r\n\r\n"), 400},
    {"chunk size beyond 64 bits", chunked("10000000000000005\r\nhello\r\n0\r\n\r\n"), 400},
    {"trailer that is no field", chunked("0\r\nnonsense\r\n\r\n"), 400},
    {"trailer that frames", chunked("0\r\nContent-Length: 5\r\n\r\n"), 400},
};

TEST_F(Framing, RefusesWhatCanBeReadInTwoWays)
{
    for (auto const& each : refused_requests)
        for (auto const piece : {std::size_t{65536}, std::size_t{1}, std::size_t{7}}) {
            SCOPED_TRACE(each.what + " in pieces of " + std::to_string(piece));
            scripted_client client{routes_};
            client.send(each.bytes, piece);
            client.send(smuggled, piece);
            auto const answer = client.receive();
            EXPECT_EQ(answer.status, each.status);
            EXPECT_EQ(client.rejected, each.status);
            EXPECT_EQ(answer.header("Content-Type"), "application/problem+json");
            EXPECT_EQ(answer.header("Connection"), "close");
            EXPECT_EQ(client.output, "") << "nothing more is answered";
            EXPECT_TRUE(client.shut);
            EXPECT_EQ(reached_, 0);
            EXPECT_EQ(smuggled_, 0);
        }
}

std::vector<framing_case> const accepted_requests{
    {"body of known length", post("Content-Length: 5\r\n", "hello"), 200},
    {"leading zeros", post("Content-Length: 005\r\n", "hello"), 200},
    {"names in any case", post("cONTENT-lENGTH: 5\r\n", "hello"), 200},
    {"no blank after the colon", post("Content-Length:5\r\n", "hello"), 200},
    {"blanks around the value", post("Content-Length: \t 5 \t\r\n", "hello"), 200},
    {"one chunk", chunked("5\r\nhello\r\n0\r\n\r\n"), 200},
    {"several chunks", chunked("2\r\nhe\r\n1\r\nl\r\n02\r\nlo\r\n000\r\n\r\n"), 200},
    {"chunked in capitals", post("Transfer-Encoding: CHUNKED\r\n", "5\r\nhello\r\n0\r\n\r\n"), 200},
    {"trailers", chunked("5\r\nhello\r\n0\r\nX-Sum: 1\r\nHost: y\r\n\r\n"), 200},
    {"empty line first", "\r\n" + post("Content-Length: 5\r\n", "hello"), 200},
    {"whole URL", "POST http://example.org/ HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
     200},
    {"URL without a path",
     "POST HTTPS://example.org:8443 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", 200},
    {"empty Host", "POST / HTTP/1.1\r\nHost:\r\nContent-Length: 5\r\n\r\nhello", 200},
    {"IPv6 Host", "POST / HTTP/1.1\r\nHost: [::1]:8080\r\nContent-Length: 5\r\n\r\nhello", 200},
};

TEST_F(Framing, AcceptsWhatIsClearAndTheRequestAfterIt)
{
    for (auto const& each : accepted_requests)
        for (auto const piece : {std::size_t{65536}, std::size_t{1}, std::size_t{3}}) {
            SCOPED_TRACE(each.what + " in pieces of " + std::to_string(piece));
            scripted_client client{routes_};
            client.send(each.bytes + smuggled, piece);
            EXPECT_EQ(client.receive().body, "got hello");
            EXPECT_EQ(client.receive().body, "smuggled") << "here it is a request of its own";
            EXPECT_EQ(client.output, "");
        }
}

TEST_F(Framing, KeepsTrailersOutOfTheHeaders)
{
    app routes;
    routes.post("/", [](context& c) -> task<response> {
        co_return response::text(std::to_string(c.request().headers.size()) +
                                 std::string{c.request().host});
    });
    scripted_client client{routes};
    EXPECT_EQ(client.ask(chunked("0\r\nAuthorization: Bearer x\r\nX: y\r\n\r\n")).body, "2x");
}

// ---- Limits: at, below, above ----

std::string request_of_size(std::size_t size)
{
    std::string text = "GET / HTTP/1.1\r\nHost: x\r\nX: ";
    return text.append(size - text.size() - 4, 'a').append("\r\n\r\n");
}

TEST_F(Framing, LimitsTheHead)
{
    http::limits bounds;
    bounds.max_head = 1024;
    for (auto const piece : {std::size_t{65536}, std::size_t{1}}) {
        scripted_client client{routes_, bounds};
        client.send(request_of_size(1023), piece);
        client.send(request_of_size(1024), piece);
        EXPECT_EQ(client.receive().status, 200);
        EXPECT_EQ(client.receive().status, 200);
        client.send(request_of_size(1025), piece);
        EXPECT_EQ(client.receive().status, 431);
        scripted_client endless{routes_, bounds};
        endless.send("GET / HTTP/1.1\r\nX: " + std::string(2000, 'a'), piece);
        EXPECT_EQ(endless.receive().status, 431) << "before its end has come";
    }
}

std::string request_with_fields(std::size_t count)
{
    std::string text = "GET / HTTP/1.1\r\nHost: x\r\n";
    for (std::size_t field = 1; field < count; ++field)
        text += "a: b\r\n";
    return text + "\r\n";
}

TEST_F(Framing, LimitsTheNumberOfFields)
{
    scripted_client client{routes_};
    EXPECT_EQ(client.ask(request_with_fields(99)).status, 200);
    EXPECT_EQ(client.ask(request_with_fields(100)).status, 200);
    EXPECT_EQ(client.ask(request_with_fields(101)).status, 431);
}

TEST_F(Framing, LimitsTheTarget)
{
    http::limits bounds;
    bounds.max_target = 100;
    auto const target = [](std::size_t size) { return "/" + std::string(size - 1, 'a'); };
    scripted_client client{routes_, bounds};
    EXPECT_EQ(client.ask(plain_request("GET " + target(99))).status, 404);
    EXPECT_EQ(client.ask(plain_request("GET " + target(100))).status, 404);
    EXPECT_EQ(client.ask(plain_request("GET " + target(101))).status, 414);
    scripted_client endless{routes_, bounds};
    EXPECT_EQ(endless.ask("GET " + target(200)).status, 414) << "before its end has come";
    http::limits small;
    small.max_head = 50;
    scripted_client larger_than_head{routes_, small};
    EXPECT_EQ(larger_than_head.ask("GET " + target(60)).status, 414);
}

TEST_F(Framing, LimitsTheBodyByTheRoute)
{
    app routes;
    auto const length = [](context& c) -> task<response> {
        co_return response::text(std::to_string(c.request().body.size()));
    };
    routes.post("/small", length, {.max_body = 4})
        .post("/none", length, {.max_body = 0})
        .post("/usual", length);
    http::limits bounds;
    bounds.max_body = 10;
    auto const ask = [&](std::string_view line, std::string const& body) {
        scripted_client client{routes, bounds};
        return client.ask(request_with_body(line, body)).status;
    };
    EXPECT_EQ(ask("POST /small", "1234"), 200);
    EXPECT_EQ(ask("POST /small", "12345"), 413);
    EXPECT_EQ(ask("POST /none", ""), 200);
    EXPECT_EQ(ask("POST /none", "1"), 413);
    EXPECT_EQ(ask("POST /usual", std::string(10, 'x')), 200);
    EXPECT_EQ(ask("POST /usual", std::string(11, 'x')), 413);
    scripted_client declared{routes, bounds};
    EXPECT_EQ(declared.ask(plain_request("POST /usual", "Content-Length: 11\r\n")).status, 413)
        << "from what it declares, before a byte of it has come";
    for (auto const piece : {std::size_t{65536}, std::size_t{1}}) {
        scripted_client chunks{routes, bounds};
        chunks.send(plain_request("POST /usual", "Transfer-Encoding: chunked\r\n") +
                        "5\r\n12345\r\n5\r\n12345\r\n0\r\n\r\n",
                    piece);
        EXPECT_EQ(chunks.receive().body, "10");
        chunks.send(plain_request("POST /usual", "Transfer-Encoding: chunked\r\n") +
                        "5\r\n12345\r\n6\r\n123456\r\n",
                    piece);
        EXPECT_EQ(chunks.receive().status, 413);
    }
}

TEST_F(Framing, TakesNoBodyWhereNoneIsUsual)
{
    app routes;
    auto const length = [](context& c) -> task<response> {
        co_return response::text(std::to_string(c.request().body.size()));
    };
    routes.get("/", length)
        .head("/own", length)
        .del("/", length)
        .del("/many", length, {.max_body = 4});
    auto const ask = [&](std::string const& request) {
        scripted_client client{routes};
        client.send(request);
        auto const answer = client.receive(request.starts_with("HEAD"));
        EXPECT_EQ(client.output, "");
        EXPECT_EQ(client.shut, answer.status == 413) << request;
        return answer.status;
    };
    for (auto const* const line : {"GET /", "HEAD /", "HEAD /own", "DELETE /"}) {
        EXPECT_EQ(ask(request_with_body(line, "")), 200) << line;
        EXPECT_EQ(ask(request_with_body(line, "1")), 413) << line;
        EXPECT_EQ(ask(plain_request(line, "Expect: 100-continue\r\nContent-Length: 1\r\n")), 413);
        auto const in_chunks = plain_request(line, "Transfer-Encoding: chunked\r\n");
        EXPECT_EQ(ask(in_chunks + "0\r\n\r\n"), 200) << line;
        EXPECT_EQ(ask(in_chunks + "1\r\nx\r\n0\r\n\r\n"), 413) << line;
        EXPECT_EQ(
            ask(plain_request(line, "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n")),
            413);
    }
    EXPECT_EQ(ask(request_with_body("DELETE /many", "1234")), 200);
    EXPECT_EQ(ask(request_with_body("DELETE /many", "12345")), 413);
}

TEST_F(Framing, LeavesTheBodyOfARequestThatNoRouteMatches)
{
    for (auto const& [line, status] :
         {std::pair{"POST /nothing", 404}, {"PUT /", 405}, {"BREW /", 501}, {"OPTIONS /", 204}})
        for (auto const* const how : {"Content-Length: 1000\r\n", "Transfer-Encoding: chunked\r\n",
                                      "Expect: 100-continue\r\nContent-Length: 1000\r\n",
                                      "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n"}) {
            SCOPED_TRACE(std::string{line} + " " + how);
            scripted_client client{routes_};
            auto const answer = client.ask(plain_request(line, how));
            EXPECT_EQ(answer.status, status) << "at once, whatever it says of its body";
            EXPECT_EQ(answer.header("Connection"), "close");
            EXPECT_TRUE(client.shut);
            client.send(smuggled);
            EXPECT_EQ(client.output, "");
            EXPECT_EQ(smuggled_, 0);
        }
    scripted_client client{routes_};
    EXPECT_EQ(client.ask(request_with_body("POST /nothing", "")).status, 404);
    EXPECT_EQ(client.ask(smuggled).status, 200) << "without a body it is like any other";
}

TEST_F(Framing, LimitsWhatFramesAChunk)
{
    for (auto const* const start : {"0\r\n", "5;", "000000"}) {
        scripted_client client{routes_};
        client.send(chunked(start));
        std::string const line =
            *start == '5' ? std::string(1000, 'a') : "a: " + std::string(1000, 'b') + "\r\n";
        for (int times = 0; times < 100 && client.output.empty(); ++times)
            client.send(line);
        EXPECT_EQ(client.receive().status, 400) << start;
    }
}

TEST_F(Framing, TakesBodiesLargerThanItsBuffer)
{
    http::limits bounds;
    bounds.max_body = 10'000'000;
    std::string body(5'000'000, 'x');
    for (std::size_t at = 0; at < body.size(); at += 997)
        body[at] = static_cast<char>('a' + at % 26);
    scripted_client client{routes_, bounds};
    client.send(request_with_body("POST /", body, {}) + smuggled, 30'011);
    EXPECT_EQ(client.receive().body, "got " + body);
    EXPECT_EQ(client.receive().body, "smuggled");
}

}  // namespace
}  // namespace redstart::http
