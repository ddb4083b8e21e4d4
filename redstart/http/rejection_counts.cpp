#include "redstart/http/rejection_counts.hpp"

#include <string>

namespace redstart::http {

void rejection_counts::add(int status)
{
    auto*& known = known_[status];
    if (!known)
        known =
            &registry_.add_counter({.name = "redstart.http.server.rejected",
                                    .help = "Requests that were refused before they were routed.",
                                    .unit = "{request}"},
                                   {{"http.response.status_code", std::to_string(status)}});
    known->add();
}

}  // namespace redstart::http
