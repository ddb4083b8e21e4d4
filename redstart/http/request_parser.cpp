#include "redstart/http/request_parser.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <optional>

namespace redstart::http {

namespace {

namespace beast_http = boost::beast::http;
using boost::beast::error_code;
using beast_text = boost::beast::string_view;

std::string_view view(beast_text text) noexcept { return {text.data(), text.size()}; }

// One message. It cannot be used twice, but making a new one allocates nothing.
class message final : public beast_http::basic_parser<true> {
public:
    explicit message(request& into) : request_{into}
    {
        eager(true);
        body_limit(boost::none);          // judged before the body is read
        header_limit(~std::uint32_t{0});  // judged by the scanner
    }

private:
    // style(parameters): Beast's signature
    void on_request_impl(beast_http::verb, beast_text method, beast_text target, int version,
                         error_code&) override
    {
        request_.method_name = view(method);
        request_.method = to_method(request_.method_name);
        request_.target = view(target);
        request_.minor_version = version - 10;
    }
    void on_response_impl(int, beast_text, int, error_code&) override {}
    void on_field_impl(beast_http::field, beast_text name, beast_text value, error_code&) override
    {
        if (!is_header_done())  // trailer fields must not pass for what stood in the head
            request_.headers.add(view(name), view(value));
    }
    void on_header_impl(error_code&) override {}
    void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}
    std::size_t on_body_impl(beast_text body, error_code&) override
    {
        request_.body.append(body.data(), body.size());
        return body.size();
    }
    void on_chunk_header_impl(std::uint64_t, beast_text extensions, error_code& refused) override
    {
        if (!extensions.empty())
            refused = beast_http::error::bad_chunk_extension;
    }
    std::size_t on_chunk_body_impl(std::uint64_t, beast_text body, error_code&) override
    {
        request_.body.append(body.data(), body.size());
        return body.size();
    }
    void on_finish_impl(error_code&) override {}

    request& request_;
};

// "HTTP/2.0" is a version that we do not speak; anything else that is not ours is no version.
bool names_other_version(std::string_view head)
{
    auto const line = head.substr(0, head.find('\r'));
    auto const version = line.substr(line.rfind(' ') + 1);
    auto const is_digit = [](char c) { return c >= '0' && c <= '9'; };
    return std::ranges::count(line, ' ') == 2 && version.size() == 8 &&
           version.starts_with("HTTP/") && is_digit(version[5]) && version[6] == '.' &&
           is_digit(version[7]);
}

rejection explain(error_code why)
{
    if (why == beast_http::error::body_limit)
        return {413, "the body is too large"};
    if (why == beast_http::error::bad_method || why == beast_http::error::bad_target)
        return {400, "the request line is malformed"};
    if (why == beast_http::error::bad_version)
        return {400, "the HTTP version is malformed"};
    if (why == beast_http::error::bad_chunk_extension)
        return {400, "chunk extensions are not understood"};
    if (why == beast_http::error::bad_chunk)
        return {400, "a chunk of the body is malformed"};
    return {400, "a header field is malformed"};
}

}  // namespace

class request_parser::beast {
public:
    std::optional<message> current;
};

request_parser::request_parser(request& into) : request_{into}, beast_{std::make_unique<beast>()} {}
request_parser::~request_parser() = default;

bool request_parser::parse_head(std::string_view head)
{
    auto& parser = beast_->current.emplace(request_);
    request_.headers.clear();
    error_code why;
    parser.put(boost::asio::buffer(head.data(), head.size()), why);
    if (!why && !parser.is_header_done())
        why = beast_http::error::need_more;
    if (why) {
        why_ = explain(why);
        if (why == beast_http::error::bad_version && names_other_version(head))
            why_ = {505, "only HTTP/1.0 and HTTP/1.1 are spoken here"};
        return false;
    }
    auto const judged = judge(request_);
    if (!judged) {
        why_ = judged.error();
        return false;
    }
    framing_ = *judged;
    return true;
}

void request_parser::limit_body(std::uint64_t most) noexcept { beast_->current->body_limit(most); }

std::size_t request_parser::parse_body(std::string_view bytes, bool& ok)
{
    error_code why;
    auto const taken = beast_->current->put(boost::asio::buffer(bytes.data(), bytes.size()), why);
    ok = !why || why == beast_http::error::need_more;
    if (!ok)
        why_ = explain(why);
    return taken;
}

bool request_parser::is_complete() const noexcept { return beast_->current->is_done(); }

}  // namespace redstart::http
