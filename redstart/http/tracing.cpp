#include "redstart/http/middleware.hpp"
#include "redstart/http/problem.hpp"
#include "redstart/http/recorded_status.hpp"
#include "redstart/http/syntax.hpp"
#include "redstart/task/within.hpp"

#include <algorithm>
#include <array>

namespace redstart::http {

namespace {

struct tracer {
    span_sink* sink;
    tracing_options options;
};

std::optional<trace_context> remote_parent(context& c)
{
    auto const& headers = c.request().headers;
    auto const text = headers.get("traceparent");
    if (!text || headers.count("traceparent") > 1)
        return std::nullopt;
    auto parent = parse_traceparent(*text);
    if (!parent)
        return std::nullopt;
    if (headers.count("tracestate") == 1)
        parent->trace_state = usable_tracestate(*headers.get("tracestate"));
    return parent;
}

constexpr std::string_view redacted = "REDACTED";

// The route's template with its parameters blotted out. Where no route matched, nothing says which part is data.
std::string redacted_path(std::string_view pattern)
{
    if (pattern.empty())
        return std::string{redacted};
    std::string shown;
    while (!pattern.empty()) {
        auto const literal = pattern.substr(0, pattern.find('{'));
        shown.append(literal);
        pattern.remove_prefix(literal.size());
        if (!pattern.empty())
            shown.append(redacted);
        pattern.remove_prefix(std::min(pattern.find('}'), pattern.size() - 1) + 1);
    }
    return shown;
}

// Query parameters that sign a request: their values open it to whoever reads them.
bool is_signature(std::string_view name)
{
    static constexpr std::array<std::string_view, 4> names{"AWSAccessKeyId", "Signature", "sig",
                                                           "X-Goog-Signature"};
    return std::ranges::find(names, name) != names.end();
}

// What has no equals sign may be a value as well as a name.
std::string redacted_query(std::string_view raw, bool show_values)
{
    std::string shown;
    for (std::size_t at = 0; at < raw.size();) {
        auto const end = std::min(raw.find('&', at), raw.size());
        auto const pair = raw.substr(at, end - at);
        auto const name = pair.substr(0, pair.find('='));
        shown.append(shown.empty() ? "" : "&");
        if (show_values && !is_signature(name))
            shown.append(pair);
        else if (name.size() == pair.size())
            shown.append(redacted);
        else
            shown.append(name).append("=").append(redacted);
        at = end + 1;
    }
    return shown;
}

// At most so many bytes of a text that a client wrote: it must not decide how large a span is.
constexpr std::size_t longest_text = 256;

// Cut between two characters of UTF-8. In what is no UTF-8, the place does not matter.
std::string_view shortened(std::string_view text)
{
    if (text.size() <= longest_text)
        return text;
    auto end = longest_text;
    auto const goes_on = [&] { return (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80; };
    for (int steps = 0; steps < 3 && goes_on(); ++steps)
        --end;
    return text.substr(0, end);
}

class attributes {
public:
    explicit attributes(span_record& span) : span_{span} {}

    void add(std::string_view name, std::string_view value)
    {
        if (!value.empty())
            span_.attributes.emplace_back(name, std::string{shortened(value)});
    }
    void add(std::string_view name, std::int64_t value)
    {
        span_.attributes.emplace_back(name, value);
    }

private:
    span_record& span_;
};

// Host and port as the client named them.
void add_server(std::string_view host, attributes& to)
{
    auto const colon = host.rfind(':');
    bool const has_port = colon != host.npos && host.find(']', colon) == host.npos;
    auto name = host.substr(0, has_port ? colon : host.size());
    if (name.starts_with('[') && name.ends_with(']'))
        name = name.substr(1, name.size() - 2);
    to.add("server.address", name);
    if (auto const port = has_port ? parse_digits(host.substr(colon + 1)) : std::nullopt)
        to.add("server.port", static_cast<std::int64_t>(*port));
}

void add_url(context& c, bool show_values, attributes& to)
{
    auto const& asked = c.request();
    to.add("url.scheme", asked.scheme);
    if (show_values)
        to.add("url.path", asked.target.substr(0, asked.target.find('?')));
    else
        to.add("url.path", redacted_path(c.route()));
    if (!asked.query.raw().empty())
        to.add("url.query", redacted_query(asked.query.raw(), show_values));
}

void describe_request(context& c, bool show_values, span_record& span)
{
    auto const& asked = c.request();
    bool const known = asked.method != method::unknown;
    span.kind = span_kind::server;
    span.name = known ? std::string{asked.method_name} : "HTTP";
    if (!c.route().empty())
        span.name.append(" ").append(c.route());
    attributes all{span};
    all.add("http.request.method", to_string(asked.method));
    if (!known)
        all.add("http.request.method_original", asked.method_name);
    all.add("http.route", c.route());
    add_url(c, show_values, all);
    all.add("client.address", c.client_address());
    all.add("network.peer.address", asked.peer_address);
    if (asked.peer_port != 0)
        all.add("network.peer.port", std::int64_t{asked.peer_port});
    all.add("network.protocol.version", asked.version());
    add_server(asked.host, all);
    all.add("user_agent.original", asked.headers.get("User-Agent").value_or(""));
}

void finish(span_record& span, context& c, int status)
{
    span.duration = boot_clock::now() - c.started_at();
    attributes all{span};
    status = recorded_status(c, status);
    all.add("http.response.status_code", std::int64_t{status});
    if (status >= 500) {
        span.failed = true;
        span.failure_text = std::to_string(status);
        all.add("error.type", span.failure_text);
    }
}

task<response> recorded(span_sink& sink, span_record span, context& c, next go_on)
{
    std::exception_ptr thrown;
    std::optional<response> answer;
    try {
        answer = co_await go_on(c);
    } catch (...) {
        thrown = std::current_exception();
    }
    finish(span, c, answer ? answer->status : describe(thrown).status());
    std::vector<span_record> finished;
    finished.push_back(std::move(span));
    sink.take(std::move(finished));
    if (thrown)
        std::rethrow_exception(thrown);
    co_return std::move(*answer);
}

task<response> traced(tracer const& how, context& c, next go_on)
{
    auto const parent = how.options.continue_remote ? remote_parent(c) : std::nullopt;
    auto own = parent ? parent->child() : trace_context{}.child();
    bool const sampled = how.sink->samples(parent ? &*parent : nullptr, own);
    own.flags = sampled ? trace_context::sampled_flag : std::uint8_t{0};

    auto below = co_await this_context();
    below.trace = &own;
    if (!sampled)
        co_return co_await under(below, go_on(c));

    span_record span;
    span.identity = own;
    if (parent)
        span.parent_span_id = parent->span_id;
    span.start = std::chrono::system_clock::now() -
                 std::chrono::duration_cast<std::chrono::system_clock::duration>(boot_clock::now() -
                                                                                 c.started_at());
    describe_request(c, how.options.show_values, span);
    co_return co_await under(below, recorded(*how.sink, std::move(span), c, go_on));
}

}  // namespace

middleware tracing(span_sink* sink, tracing_options options)
{
    if (!sink)
        return [](context& c, next go_on) { return go_on(c); };
    return [how = tracer{sink, options}](context& c, next go_on) { return traced(how, c, go_on); };
}

}  // namespace redstart::http
