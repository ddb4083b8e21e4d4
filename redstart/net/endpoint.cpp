#include "redstart/net/endpoint.hpp"

namespace redstart::net {

std::string to_string(endpoint const& where)
{
    if (where.is_unix())
        return "unix:" + where.unix_path;
    auto const port = ":" + std::to_string(where.port);
    bool const is_ipv6 = where.host.find(':') != std::string::npos;
    return is_ipv6 ? "[" + where.host + "]" + port : where.host + port;
}

}  // namespace redstart::net
