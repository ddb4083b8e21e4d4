// The target of a request taken apart: path segments and query parameters, each percent-decoded exactly once.
//
// The path that is routed is the path that every middleware sees. Dot segments are refused rather than resolved,
// since a proxy in front of us may have judged the request by another reading of them.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace redstart::http {

// Keeps its memory from one request to the next. Views are valid until the next parse().
class request_path {
public:
    static constexpr std::size_t max_segments = 64;

    enum class verdict : unsigned char {
        ok,
        malformed,    // does not begin with a slash, bad percent-encoding, or an encoded NUL
        dot_segment,  // "." or "..", encoded or not
        too_deep,     // more than max_segments
    };

    // `raw` is the target up to its question mark; it outlives this.
    verdict parse(std::string_view raw);

    std::string_view decoded() const noexcept { return decoded_; }
    // "/a/b" has the segments "a" and "b"; "/a/" has "a" and ""; "/" has one, "". One may hold a slash, if it came as
    // %2F.
    std::vector<std::string_view> const& segments() const noexcept { return segments_; }
    // From the segment of that index to the end, with the slashes between.
    std::string_view rest(std::size_t from) const noexcept;
    bool has_slash_within(std::size_t from) const noexcept;  // in a segment from there on

private:
    verdict split(std::string_view raw);

    std::string buffer_;
    std::string_view decoded_;
    std::vector<std::string_view> segments_;
};

// Decoded when something is first asked for. `+` is a blank, as forms send it.
class query_parameters {
public:
    void assign(
        std::string_view raw) noexcept;  // the target after its question mark; it outlives this

    // The first of that name; throws a problem (400) if the query is malformed.
    std::optional<std::string_view> get(std::string_view name);
    std::vector<std::pair<std::string_view, std::string_view>> const& all();

    std::string_view raw() const noexcept { return raw_; }

private:
    void parse();
    std::string_view decode(std::string_view encoded);

    std::string_view raw_;
    std::string buffer_;
    std::vector<std::pair<std::string_view, std::string_view>> all_;
    bool parsed_ = true;
};

}  // namespace redstart::http
