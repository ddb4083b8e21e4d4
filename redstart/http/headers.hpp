// Header fields, as a request brought them and as a response will send them.
//
// Both are plain lists that are searched from the front: their number is bounded, and nothing about them is hashed,
// so no sender can make a search slow. Names are compared without regard to case.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace redstart::http {

struct header {
    std::string_view name;
    std::string_view value;
};

// Views into the memory of whoever received the request.
class request_headers {
public:
    void clear() noexcept { all_.clear(); }
    void add(std::string_view name, std::string_view value) { all_.push_back({name, value}); }

    std::optional<std::string_view> get(
        std::string_view name) const noexcept;  // the first of that name
    std::size_t count(std::string_view name) const noexcept;
    bool list_has(std::string_view name,
                  std::string_view token) const noexcept;  // in any field of that name

    std::size_t size() const noexcept { return all_.size(); }
    auto begin() const noexcept { return all_.begin(); }
    auto end() const noexcept { return all_.end(); }

private:
    std::vector<header> all_;
};

// Kept in the form in which it is sent, so that sending copies it once and keeping several costs one allocation.
//
// Throws std::invalid_argument for a name that is no token, for a value that would end its line (CR, LF) or holds
// another control character, and for the fields that frame the message, which are the server's to write.
class response_headers {
public:
    void set(std::string_view name, std::string_view value);  // in place of those of that name
    void add(std::string_view name, std::string_view value);  // besides them
    void erase(std::string_view name) noexcept;
    void clear() noexcept { text_.clear(); }

    std::optional<std::string_view> get(
        std::string_view name) const noexcept;  // until the next change
    bool empty() const noexcept { return text_.empty(); }
    std::string const& text() const noexcept { return text_; }  // "Name: value\r\n" for each

private:
    std::string text_;
};

}  // namespace redstart::http
