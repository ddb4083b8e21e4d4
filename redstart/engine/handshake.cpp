#include "redstart/engine/handshake.hpp"

#include "redstart/wire/request.hpp"

#include <algorithm>
#include <utility>

namespace redstart::engine {

namespace {

// What a handshake may cost, whoever answers.
constexpr wire::limits reply_limits{.depth = 16, .elements = 4096, .bytes = 256 * 1024};

}  // namespace

handshake::handshake(handshake_options options)
    : options_{std::move(options)}, parser_{reply_limits}
{
    if (options_.resp3)
        write_resp3();
    else
        write_resp2();
}

void handshake::add(step what, std::initializer_list<std::string_view> words)
{
    auto request = wire::request::named(*words.begin());
    std::for_each(words.begin() + 1, words.end(),
                  [&](std::string_view word) { request.add(word); });
    out_.append(request.bytes());
    awaited_.push_back(what);
}

void handshake::write_resp3()
{
    std::string_view const user =
        options_.user.empty() ? "default" : std::string_view{options_.user};
    if (!logs_in())
        add(step::hello, {"HELLO", "3"});
    else
        add(step::hello, {"HELLO", "3", "AUTH", user, options_.password});
    if (!options_.client_name.empty())
        add(step::set_name, {"CLIENT SETNAME", options_.client_name});
    if (options_.database != 0)
        add(step::select, {"SELECT", std::to_string(options_.database)});
}

void handshake::write_resp2()
{
    out_.clear();
    awaited_.clear();
    at_ = 0;
    discarding_ = false;
    if (logs_in() && options_.user.empty())
        add(step::auth, {"AUTH", options_.password});
    else if (logs_in())
        add(step::auth, {"AUTH", options_.user, options_.password});
    if (!options_.client_name.empty())
        add(step::set_name, {"CLIENT SETNAME", options_.client_name});
    if (options_.database != 0)
        add(step::select, {"SELECT", std::to_string(options_.database)});
    add(step::ping, {"PING"});
    identity_ = {};
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
    write_resp2();
    return action::write;
}

handshake::action handshake::refused()
{
    auto const prefix = error_prefix(error_);
    if (error_.find("max number of clients") != std::string::npos)
        return fail(failure_code::connect_failed, "the server has too many clients");
    if (prefix == "DENIED")
        return fail(failure_code::connect_failed, "the server takes no clients from here");
    if (prefix == "WRONGPASS")
        return fail(failure_code::authentication_failed, "the server refused the login");
    if (prefix == "NOAUTH" && !logs_in())
        return fail(failure_code::authentication_failed, "the server wants a password");
    switch (awaited_[at_]) {
    case step::hello:
        discarding_ = true;  // it knows no HELLO, or no RESP3: begin again with RESP2
        return action::read;
    case step::auth:
        if (prefix == "ERR")
            error_ = "ERR";  // the rest may repeat the password
        return fail(failure_code::authentication_failed, "the server refused the login");
    case step::select: return fail(failure_code::connect_failed, "the server refused the database");
    case step::set_name:
    case step::ping:
        return action::read;  // LOADING, MASTERDOWN and their like: commands will say so themselves
    }
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
