#include "redstart/engine/handshake.hpp"

#include <algorithm>
#include <utility>

namespace redstart::engine {

namespace {

// What a handshake may cost, whoever answers.
constexpr wire::limits reply_limits{.depth = 16, .elements = 4096, .bytes = 256 * 1024};

}  // namespace

std::string_view library_version() noexcept { return REDSTART_VERSION; }

wire::request auth_request(credentials const& who)
{
    auto request = wire::request::named("AUTH");
    if (!who.user.empty())
        request.add(who.user);
    request.add(who.password);
    return request;
}

handshake::handshake(handshake_options options, credentials who)
    : options_{std::move(options)}, who_{std::move(who)}, parser_{reply_limits}
{
    begin(options_.resp3 ? attempt::hello : attempt::without_hello);
}

void handshake::add(step what, std::initializer_list<std::string_view> words)
{
    auto request = wire::request::named(*words.begin());
    std::for_each(words.begin() + 1, words.end(),
                  [&](std::string_view word) { request.add(word); });
    out_.append(request.bytes());
    awaited_.push_back(what);
}

void handshake::begin(attempt way)
{
    way_ = way;
    out_.clear();
    awaited_.clear();
    at_ = 0;
    discarding_ = false;
    identity_ = {};
    if (way != attempt::hello && !who_.empty()) {
        out_.append(auth_request(who_).bytes());
        awaited_.push_back(step::auth);
    }
    std::string_view const user = who_.user.empty() ? "default" : std::string_view{who_.user};
    if (way == attempt::hello && !who_.empty())
        add(step::hello, {"HELLO", "3", "AUTH", user, who_.password});
    else if (way != attempt::without_hello)
        add(step::hello, {"HELLO", "3"});
    if (!options_.client_name.empty())
        add(step::name, {"CLIENT SETNAME", options_.client_name});
    if (options_.names_library) {
        add(step::name, {"CLIENT SETINFO", "LIB-NAME", "redstart"});
        add(step::name, {"CLIENT SETINFO", "LIB-VER", library_version()});
    }
    if (options_.database != 0)
        add(step::select, {"SELECT", std::to_string(options_.database)});
    if (way == attempt::without_hello)
        add(step::ping, {"PING"});
}

handshake::action handshake::received(char const*& at, char const* end)
{
    wire::token token;
    while (true) {
        auto const progress = parser_.next(at, end, token);
        if (progress == wire::progress::need_more)
            return action::read;
        if (progress == wire::progress::malformed)
            return fail(failure_code::protocol_error, std::string{parser_.error()});
        if (token.out_of_band)
            continue;
        if (token.is_error()) {
            has_error_ = true;
            error_.append(token.text);
        } else if (awaited_[at_] == step::hello && !read_hello(token)) {
            return fail(failure_code::protocol_error, "HELLO was not answered with a map");
        }
        if (!token.ends_frame)
            continue;
        if (auto const next = reply_ended(); next != action::read)
            return next;
    }
}

// The answer to HELLO is a map of names to texts or numbers, and a list of modules that is skipped.
bool handshake::read_hello(wire::token const& token)
{
    if (token.is_aggregate() || token.kind == wire::kind::close) {
        depth_ += token.kind == wire::kind::close ? -1 : 1;
        if (depth_ == 1 && token.kind == wire::kind::close)
            field_next_ = true;
        return true;
    }
    if (depth_ != 1)
        return depth_ > 1;
    if (std::exchange(field_next_, !field_next_))
        field_ = token.text;
    else
        read_field(token);
    return true;
}

void handshake::read_field(wire::token const& token)
{
    auto const text = std::string{token.text};
    if (field_ == "server")
        identity_.server = text;
    else if (field_ == "version")
        identity_.version = text;
    else if (field_ == "mode")
        identity_.mode = text;
    else if (field_ == "role")
        identity_.role = text;
    else if (field_ == "proto")
        identity_.protocol = token.number == 3 ? 3 : 2;
    else if (field_ == "id")
        identity_.connection_id = token.number;
}

handshake::action handshake::reply_ended()
{
    auto next = action::read;
    if (has_error_ && !discarding_)
        next = refused();
    if (next == action::failed)
        return next;
    has_error_ = false;
    error_.clear();
    if (++at_ < awaited_.size())
        return action::read;
    if (!discarding_)
        return action::ready;
    begin(next_way_);
    return action::write;
}

// Servers that refuse whoever comes, or whoever has not logged in, say so at the first command that they read.
handshake::action handshake::refused()
{
    auto const prefix = error_prefix(error_);
    if (error_.find("max number of clients") != std::string::npos)
        return fail(failure_code::connect_failed, "the server has too many clients");
    if (prefix == "DENIED")
        return fail(failure_code::connect_failed, "the server takes no clients from here");
    if (prefix == "WRONGPASS")
        return fail(failure_code::authentication_failed, "the server refused the login");
    if (prefix == "NOAUTH" && who_.empty())
        return fail(failure_code::authentication_failed, "the server wants a password");
    switch (awaited_[at_]) {
    case step::hello:
    case step::auth:
    case step::select: return required_step_refused(prefix);
    case step::name:
    case step::ping: break;  // LOADING, MASTERDOWN and their like: commands will say so themselves
    }
    return action::read;
}

handshake::action handshake::required_step_refused(std::string_view prefix)
{
    if (prefix == "LOADING" || prefix == "BUSY" || prefix == "MASTERDOWN")
        return fail(failure_code::connect_failed,
                    "the server is not ready: " + std::string{prefix});
    if (awaited_[at_] == step::select)
        return fail(failure_code::connect_failed, "the server refused the database");
    if (awaited_[at_] == step::auth) {
        if (prefix == "ERR")
            error_ = "ERR";  // the rest may repeat the password
        return fail(failure_code::authentication_failed, "the server refused the login");
    }
    discarding_ = true;
    bool const wants_auth_first = prefix == "NOAUTH" && way_ == attempt::hello;
    next_way_ = wants_auth_first ? attempt::auth_then_hello : attempt::without_hello;
    return action::read;
}

handshake::action handshake::fail(failure_code code, std::string reason)
{
    code_ = code;
    reason_ = std::move(reason);
    server_text_ = std::move(error_);
    return action::failed;
}

}  // namespace redstart::engine
