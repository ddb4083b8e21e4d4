// What a program of this folder found: one line for each thing that must hold, and the last line counts them.

#pragma once

#include <iostream>
#include <string_view>

namespace redstart::soak {

class verdict {
public:
    void check(bool holds, std::string_view what)
    {
        ++(holds ? passed_ : failed_);
        std::cout << (holds ? "holds:  " : "BROKEN: ") << what << '\n';
    }
    void skip(std::string_view what, std::string_view reason)
    {
        ++skipped_;
        std::cout << "skipped: " << what << ": " << reason << '\n';
    }
    // The exit code.
    int conclude() const
    {
        std::cout << passed_ << " passed, " << failed_ << " failed";
        if (skipped_ != 0)
            std::cout << ", " << skipped_ << " skipped";
        std::cout << std::endl;
        return failed_ == 0 && passed_ > 0 ? 0 : 1;
    }

private:
    int passed_ = 0;
    int failed_ = 0;
    int skipped_ = 0;
};

}  // namespace redstart::soak
