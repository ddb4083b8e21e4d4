#include "redstart/toolkit/limits/subject_hash.hpp"

#include "redstart/base/random.hpp"

#include <xxhash.h>

#include <span>

namespace redstart::toolkit::toolkit_detail {

subject_hash::subject_hash() : key_{0}
{
    fill_secure_random(std::as_writable_bytes(std::span{&key_, 1}));
}

std::uint64_t subject_hash::operator()(std::string_view subject) const noexcept
{
    return XXH3_64bits_withSeed(subject.data(), subject.size(), key_);
}

}  // namespace redstart::toolkit::toolkit_detail
