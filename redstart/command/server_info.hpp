// What INFO and CLUSTER INFO answer: lines of names and values.

#pragma once

#include "redstart/command/decoder.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace redstart {

// A value type; the views that it gives are good as long as it lives. Looking up is O(length of the text).
class server_info {
public:
    server_info() = default;
    explicit server_info(std::string text) noexcept : text_{std::move(text)} {}

    std::string const& text() const noexcept { return text_; }

    // The value behind a name, such as "used_memory"; absent if this server does not tell it.
    std::optional<std::string_view> field(std::string_view name) const noexcept;
    std::optional<std::int64_t> integer(std::string_view name) const noexcept;
    std::optional<double> real(std::string_view name) const noexcept;

private:
    std::string text_;
};

template <>
struct decoder<server_info> {
    decode_step feed(wire::token const& t, text_assembly& parts) { return text_.feed(t, parts); }
    server_info take() { return server_info{text_.take()}; }

private:
    decoder<std::string> text_;
};

}  // namespace redstart
