// The hash of a subject, under a key that nobody outside of the process knows. Private to toolkit.

#pragma once

#include <cstdint>
#include <string_view>

namespace redstart::toolkit::toolkit_detail {

class subject_hash {
public:
    subject_hash();

    std::uint64_t operator()(std::string_view subject) const noexcept;

private:
    std::uint64_t key_;
};

}  // namespace redstart::toolkit::toolkit_detail
