// Why a request is refused before anything of the application has seen it.

#pragma once

#include <string_view>

namespace redstart::http {

struct rejection {
    int status = 0;
    std::string_view detail;  // a literal, in our words
};

}  // namespace redstart::http
