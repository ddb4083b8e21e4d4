// Which program is the server.

#pragma once

#include <string>
#include <string_view>

namespace redstart::embedded {

// `wanted`, else $REDSTART_VALKEY, else valkey-server, else redis-server. A name without a slash is
// searched in $PATH. Gives an absolute or relative path to something that can be run. Throws
// start_error, which says what to do about it.
std::string find_server_binary(std::string_view wanted);

}  // namespace redstart::embedded
