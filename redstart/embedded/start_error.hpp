// Why a server could not be started: one line for the person who started the program.

#pragma once

#include <stdexcept>

namespace redstart::embedded {

class start_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

}  // namespace redstart::embedded
