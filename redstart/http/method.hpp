// The request methods that a route can have, and sets of them.
//
// Method names are case-sensitive (RFC 9110, 9.1): "get" is a method that nobody knows.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace redstart::http {

enum class method : std::uint8_t {
    get,
    head,
    post,
    put,
    patch,
    del,
    options,
    trace,
    connect,
    unknown
};

inline constexpr std::size_t method_count = 10;

method to_method(std::string_view name) noexcept;
std::string_view to_string(method which) noexcept;  // "_OTHER" for unknown, as telemetry names it

class method_set {
public:
    void add(method which) noexcept { bits_ = static_cast<std::uint16_t>(bits_ | bit(which)); }
    void add(method_set others) noexcept
    {
        bits_ = static_cast<std::uint16_t>(bits_ | others.bits_);
    }
    bool has(method which) const noexcept { return (bits_ & bit(which)) != 0; }
    bool empty() const noexcept { return bits_ == 0; }

private:
    static constexpr unsigned bit(method which) noexcept
    {
        return 1u << static_cast<unsigned>(which);
    }
    std::uint16_t bits_ = 0;
};

std::string to_string(method_set set);  // "GET, HEAD", the value of an Allow header

}  // namespace redstart::http
