#include "redstart/command/script.hpp"

#include <openssl/evp.h>

#include <array>
#include <cstdlib>

namespace redstart {

namespace {

std::string sha1_of(std::string_view text)
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    if (EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_sha1(), nullptr) != 1)
        // a system that forbids SHA-1: an empty name is unknown, so every call is an EVAL
        return {};
    static constexpr char digits[] = "0123456789abcdef";
    std::string hex;
    for (unsigned i = 0; i < length; ++i) {
        hex.push_back(digits[digest[i] >> 4]);
        hex.push_back(digits[digest[i] & 15]);
    }
    return hex;
}

}  // namespace

script_source::script_source(std::string_view name, std::string_view text, int version)
    : name_{name}, text_{text}, sha1_{sha1_of(text)}, version_{version}
{
}

wire::request to_eval(wire::request const& evalsha, script_source const& source)
{
    wire::request eval{"EVAL"};
    eval.add(source.text()).add_rest_of(evalsha, 2);
    return eval;
}

}  // namespace redstart
