#include "redstart/http/head_rules.hpp"

#include "redstart/http/syntax.hpp"

#include <algorithm>
#include <optional>

namespace redstart::http {

namespace {

using verdict = std::optional<rejection>;

// A host with or without a port. What a name may hold is left to whoever resolves it.
bool is_authority(std::string_view text) noexcept
{
    return std::ranges::all_of(text, [](char c) {
        return c > 0x20 && c < 0x7f && !std::string_view{"\"#%,/<>?@\\^`{|}"}.contains(c);
    });
}

verdict judge_host(request& head)
{
    auto const count = head.headers.count("Host");
    if (count > 1)
        return rejection{400, "there is more than one Host field"};
    if (count == 0 && head.minor_version >= 1)
        return rejection{400, "there is no Host field"};
    head.host = head.headers.get("Host").value_or("");
    if (!is_authority(head.host))
        return rejection{400, "the Host field is malformed"};
    return std::nullopt;
}

// Takes the scheme and the authority off "http://host/path", the form that is sent to proxies but must be understood.
verdict make_relative(request& head)
{
    auto const colon = head.target.find("://");
    auto const scheme = head.target.substr(0, std::min(colon, head.target.size()));
    if (!equal_ignoring_case(scheme, "http") && !equal_ignoring_case(scheme, "https"))
        return rejection{400, "the request target is neither a path nor a URL"};
    auto const rest = head.target.substr(colon + 3);
    auto const end = std::min(rest.find_first_of("/?"), rest.size());
    head.host = rest.substr(0, end);
    if (head.host.empty() || !is_authority(head.host))
        return rejection{400, "the host in the request target is malformed"};
    head.target = end == rest.size() ? std::string_view{"/"} : rest.substr(end);
    return std::nullopt;
}

verdict judge_path(request& head)
{
    auto const question = std::min(head.target.find('?'), head.target.size());
    auto path = head.target.substr(0, question);
    if (path.empty())
        path = "/";  // "http://host?query"
    head.query.assign(head.target.substr(std::min(question + 1, head.target.size())));
    switch (head.path.parse(path)) {
    case request_path::verdict::ok: return std::nullopt;
    case request_path::verdict::malformed: return rejection{400, "the path is malformed"};
    case request_path::verdict::dot_segment: return rejection{400, "the path has a dot segment"};
    case request_path::verdict::too_deep: return rejection{414, "the path has too many segments"};
    }
    return std::nullopt;
}

verdict judge_target(request& head)
{
    bool const printable =
        std::ranges::all_of(head.target, [](char c) { return c > 0x20 && c < 0x7f && c != '#'; });
    if (!printable)
        return rejection{400, "the request target holds a byte that must be percent-encoded"};
    if (head.method == method::connect)
        return rejection{501, "this server is no proxy"};
    if (head.target == "*") {
        head.query.assign({});
        head.path.parse("/");
        return head.method == method::options
                   ? std::nullopt
                   : verdict{{400, "the target * belongs to OPTIONS alone"}};
    }
    if (!head.target.starts_with('/'))
        if (auto const wrong = make_relative(head))
            return wrong;
    return judge_path(head);
}

verdict judge_length(request const& head, body_framing& into)
{
    auto const encodings = head.headers.count("Transfer-Encoding");
    auto const lengths = head.headers.count("Content-Length");
    if (encodings != 0) {
        if (head.minor_version == 0)
            return rejection{400, "Transfer-Encoding does not belong to HTTP/1.0"};
        if (lengths != 0)
            return rejection{400, "there are both Transfer-Encoding and Content-Length"};
        auto const encoding = *head.headers.get("Transfer-Encoding");
        if (encodings > 1 || !equal_ignoring_case(encoding, "chunked"))
            return rejection{400, "the only Transfer-Encoding understood is chunked, once"};
        into.chunked = true;
    }
    if (lengths == 0)
        return std::nullopt;
    auto const length = parse_digits(*head.headers.get("Content-Length"));
    if (lengths > 1 || !length)
        return rejection{400, "Content-Length is not one number"};
    into.length = *length;
    return std::nullopt;
}

verdict judge_expectation(request const& head, body_framing& into)
{
    auto const expected = head.headers.get("Expect");
    if (!expected || head.minor_version == 0)
        return std::nullopt;
    if (head.headers.count("Expect") > 1 || !equal_ignoring_case(*expected, "100-continue"))
        return rejection{417, "the only expectation understood is 100-continue"};
    into.expects_continue = into.has_body();
    return std::nullopt;
}

}  // namespace

std::expected<body_framing, rejection> judge(request& head)
{
    body_framing found;
    if (auto const wrong = judge_length(head, found))
        return std::unexpected{*wrong};
    if (auto const wrong = judge_host(head))
        return std::unexpected{*wrong};
    if (auto const wrong = judge_target(head))
        return std::unexpected{*wrong};
    if (auto const wrong = judge_expectation(head, found))
        return std::unexpected{*wrong};
    bool const wants_close = head.headers.list_has("Connection", "close");
    found.keep_alive = !wants_close && (head.minor_version >= 1 ||
                                        head.headers.list_has("Connection", "keep-alive"));
    return found;
}

}  // namespace redstart::http
