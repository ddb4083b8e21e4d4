#include "redstart/client/call_span.hpp"

#include "redstart/command/script.hpp"

#include <algorithm>

namespace redstart {

namespace {

constexpr std::size_t max_query_text = 512;

// "SET ? ?; GET ?": how many arguments there are, and nothing of them.
std::string query_text(std::span<reply_slot* const> slots)
{
    std::string text;
    for (auto const* const slot : slots) {
        auto const name = counted_name(slot->command().id());
        if (text.size() + name.size() > max_query_text)
            break;
        if (!text.empty())
            text.append("; ");
        text.append(name);
        auto const words = 1 + std::ranges::count(name, ' ');
        auto const arguments =
            static_cast<std::ptrdiff_t>(slot->command().request().arguments()) - words;
        constexpr std::ptrdiff_t shown = 3;
        for (std::ptrdiff_t i = 0; i < std::min(arguments, shown); ++i)
            text.append(" ?");
        if (arguments > shown)
            text.append(" ...");
    }
    return text;
}

void add_server(span_record& span, client_options const& options)
{
    auto& to = span.attributes;
    if (options.server.is_unix()) {
        to.emplace_back("server.address", options.server.unix_path);
        return;
    }
    to.emplace_back("server.address", options.server.host);
    if (options.server.port != default_port)
        to.emplace_back("server.port", std::int64_t{options.server.port});
}

void add_failure(span_record& span, std::span<reply_slot* const> slots)
{
    auto const failed =
        std::ranges::find_if(slots, [](reply_slot const* slot) { return slot->has_failed(); });
    if (failed == slots.end())
        return;
    auto const server_code = (*failed)->server_code();
    span.failed = true;
    span.failure_text = error_type((*failed)->failed_code(), server_code);
    span.attributes.emplace_back("error.type", span.failure_text);
    if (!server_code.empty())
        span.attributes.emplace_back("db.response.status_code", std::string{server_code});
}

}  // namespace

span_record describe_call(observed_call const& what, std::span<reply_slot* const> slots,
                          client_options const& options, boot_clock::duration took)
{
    span_record span;
    auto const operation = what.name();
    auto const& parent = *what.trace();
    auto const* const script = slots.size() == 1 ? slots.front()->command().script() : nullptr;
    span.name = script ? operation + ' ' + std::string{script->name()} : operation;
    span.kind = span_kind::client;
    span.identity = parent.child();
    span.parent_span_id = parent.span_id;
    span.start = std::chrono::system_clock::now() - took;
    span.duration = took;
    auto& to = span.attributes;
    to.emplace_back("db.system.name", std::string{"redis"});
    to.emplace_back("db.operation.name", operation);
    to.emplace_back("db.namespace", std::to_string(options.login.database));
    to.emplace_back("db.query.text", query_text(slots));
    if (slots.size() > 1 || what.is_transaction())
        to.emplace_back("db.operation.batch.size", static_cast<std::int64_t>(slots.size()));
    if (script)
        to.emplace_back("db.stored_procedure.name", std::string{script->name()});
    add_server(span, options);
    add_failure(span, slots);
    return span;
}

}  // namespace redstart
