#include "redstart/http/response.hpp"

namespace redstart::http {

response response::with_body(int status, std::string_view literal_media_type, std::string body)
{
    response made;
    made.status = status;
    made.media_type = literal_media_type;
    made.body = std::move(body);
    return made;
}

response response::problem(http::problem const& what)
{
    auto made = with_body(what.status(), "application/problem+json", what.document());
    made.headers = what.headers();
    return made;
}

}  // namespace redstart::http
