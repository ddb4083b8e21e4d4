// A problem: an error that a client is told about, as "application/problem+json" (RFC 9457).
//
// It is also an exception: whoever throws one inside a handler or middleware has that answer sent. Its texts go to
// the client as they are, so they never hold what another exception said.

#pragma once

#include "redstart/codec/json.hpp"
#include "redstart/http/headers.hpp"

#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace redstart::http {

// A value; `throw problem{404, "no such player"}`. Without a type of its own it is "about:blank", which says no more
// than its status does.
class problem : public std::exception {
public:
    explicit problem(int status, std::string detail = {});

    // `uri` names the kind of problem for programs and never changes; `title` names it for people.
    problem& type(std::string_view uri, std::string_view title);
    // A further member of the document.
    template <codec::json_type T>
    problem& with(std::string_view member, T const& value)
    {
        return with_json(member, codec::to_json(value));
    }
    problem& header(std::string_view name, std::string_view value);

    int status() const noexcept { return status_; }
    std::string const& type() const noexcept { return type_; }
    std::string const& title() const noexcept { return title_; }
    std::string const& detail() const noexcept { return detail_; }
    response_headers const& headers() const noexcept { return headers_; }
    char const* what() const noexcept override { return title_.c_str(); }

    std::string document() const;

private:
    problem& with_json(std::string_view member, std::string_view value);

    int status_;
    std::string type_ = "about:blank";
    std::string title_;
    std::string detail_;
    std::string members_;  // ,"name":value for each
    response_headers headers_;
};

// The problem that a client is shown for any exception: a problem is itself; a failure of a backend that may be over
// soon is 503 with one of the types below; everything else is a 500 that says nothing.
problem describe(std::exception_ptr why);

namespace problem_type {

inline constexpr std::string_view timed_out = "urn:redstart:problem:backend-timeout";
inline constexpr std::string_view unavailable = "urn:redstart:problem:backend-unavailable";
inline constexpr std::string_view overloaded = "urn:redstart:problem:overloaded";
inline constexpr std::string_view stopping = "urn:redstart:problem:stopping";
inline constexpr std::string_view invalid_body = "urn:redstart:problem:invalid-body";
inline constexpr std::string_view invalid_parameter = "urn:redstart:problem:invalid-parameter";
inline constexpr std::string_view quota_exceeded =
    "https://iana.org/assignments/http-problem-types#quota-exceeded";

}  // namespace problem_type

}  // namespace redstart::http
