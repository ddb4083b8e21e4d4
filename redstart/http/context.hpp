// What a handler and its middleware know of one request, and where they leave what goes into any response to it.
//
// It lives in the frame of the request's own coroutine and ends with it; only that coroutine and what it awaits may
// use it. There is no pool of contexts, so one that is kept too long is a plain dangling reference, not another
// request's data.

#pragma once

#include "redstart/base/clock.hpp"
#include "redstart/codec/json.hpp"
#include "redstart/codec/number.hpp"
#include "redstart/http/client_address.hpp"
#include "redstart/http/loop_locals.hpp"
#include "redstart/http/problem.hpp"
#include "redstart/http/request.hpp"
#include "redstart/http/route.hpp"
#include "redstart/http/router.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace redstart::http {

// The memory of one request: kept by its connection and used again for the next.
struct exchange {
    http::request request;
    route const* way = nullptr;  // never null once the request has been matched
    method_set allowed;          // set when no route matched: the methods that would have
    captures parameters;
    response_headers headers;  // go into whatever response is sent, problems too
    std::string client;
    bool client_has_left = false;
    boot_clock::time_point started{};
};

// What requests on one loop share.
struct surroundings {
    loop_locals& locals;
    trusted_proxies const& proxies;
};

class context {
public:
    context(exchange& memory, surroundings const& shared) noexcept
        : memory_{&memory}, shared_{&shared}
    {
    }
    context(context&&) noexcept = default;
    context& operator=(context&&) noexcept = default;

    http::request& request() noexcept { return memory_->request; }
    http::request const& request() const noexcept { return memory_->request; }

    // The parameter of the route's template, decoded. Throws std::logic_error if the template has none of that name.
    std::string_view param(std::string_view name) const;
    // The same as a number; throws a problem (400) if it is none.
    template <codec::number T>
    T param(std::string_view name) const
    {
        return number<T>(name, param(name));
    }

    // The first parameter of that name after the question mark, decoded.
    std::optional<std::string_view> query(std::string_view name)
    {
        return request().query.get(name);
    }
    template <codec::number T>
    std::optional<T> query(std::string_view name)
    {
        auto const text = query(name);
        return text ? std::optional{number<T>(name, *text)} : std::nullopt;
    }

    // The body as a described struct, read as JSON whatever its media type says; throws a problem that points at the
    // wrong member (400).
    template <codec::json_type T>
    T bind()
    {
        auto read = codec::from_json<T>(request().body);
        if (!read)
            throw_invalid_body(read.error());
        return *std::move(read);
    }

    // Added to the response, whichever it will be; a field that the response sets itself wins.
    response_headers& headers() noexcept { return memory_->headers; }

    // The whole template, "/players/{player}"; empty when no route matched.
    std::string_view route() const noexcept { return memory_->way->pattern; }
    http::route const& way() const noexcept { return *memory_->way; }
    method_set allowed() const noexcept { return memory_->allowed; }

    // Who asks, behind trusted proxies; empty over a unix socket. See client_address.hpp.
    std::string_view client_address();

    // Its connection broke meanwhile, so nobody gets the answer. Not when the server gave the request up.
    bool client_has_left() const noexcept { return memory_->client_has_left; }

    boot_clock::time_point started_at() const noexcept { return memory_->started; }
    loop_locals& locals() const noexcept { return shared_->locals; }

private:
    template <codec::number T>
    static T number(std::string_view name, std::string_view text)
    {
        T value{};
        if (!codec::read_number(text, value))
            throw_invalid_parameter(name, codec::integer_number<T>);
        return value;
    }

    [[noreturn]] static void throw_invalid_parameter(std::string_view name, bool is_integer);
    [[noreturn]] static void throw_invalid_body(codec::json_error const& error);

    exchange* memory_;
    surroundings const* shared_;
    bool knows_client_ = false;
};

}  // namespace redstart::http
