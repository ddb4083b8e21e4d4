#include "redstart/http/target.hpp"

#include "redstart/http/problem.hpp"
#include "redstart/http/syntax.hpp"

#include <algorithm>

namespace redstart::http {

request_path::verdict request_path::parse(std::string_view raw)
{
    segments_.clear();
    buffer_.clear();
    decoded_ = raw;
    if (!raw.starts_with('/'))
        return verdict::malformed;
    bool const is_encoded = raw.contains('%');
    if (is_encoded)
        buffer_.reserve(raw.size());  // decoding never grows, so views into it stay valid
    auto const found = split(raw);
    if (is_encoded)
        decoded_ = buffer_;
    return found;
}

request_path::verdict request_path::split(std::string_view raw)
{
    bool const is_encoded = raw.contains('%');
    for (std::size_t at = 1; at <= raw.size();) {
        auto const end = std::min(raw.find('/', at), raw.size());
        auto segment = raw.substr(at, end - at);
        if (is_encoded) {
            buffer_.push_back('/');
            auto const begin = buffer_.size();
            if (!percent_decode(segment, buffer_))
                return verdict::malformed;
            segment = std::string_view{buffer_}.substr(begin);
        }
        if (segment == "." || segment == "..")
            return verdict::dot_segment;
        if (segments_.size() == max_segments)
            return verdict::too_deep;
        segments_.push_back(segment);
        at = end + 1;
    }
    return verdict::ok;
}

std::string_view request_path::rest(std::size_t from) const noexcept
{
    auto const* const begin = segments_[from].data();
    return {begin, static_cast<std::size_t>(decoded_.data() + decoded_.size() - begin)};
}

bool request_path::has_slash_within(std::size_t from) const noexcept
{
    return std::any_of(segments_.begin() + static_cast<std::ptrdiff_t>(from), segments_.end(),
                       [](std::string_view segment) { return segment.contains('/'); });
}

void query_parameters::assign(std::string_view raw) noexcept
{
    raw_ = raw;
    all_.clear();
    parsed_ = raw.empty();
}

std::string_view query_parameters::decode(std::string_view encoded)
{
    auto const begin = buffer_.size();
    if (!form_decode(encoded, buffer_))
        throw problem{400, "the query is not percent-encoded correctly"};
    return std::string_view{buffer_}.substr(begin);
}

void query_parameters::parse()
{
    buffer_.clear();
    buffer_.reserve(raw_.size());  // decoding never grows, so views into it stay valid
    all_.clear();
    for (std::size_t at = 0; at < raw_.size();) {
        auto const end = std::min(raw_.find('&', at), raw_.size());
        auto const pair = raw_.substr(at, end - at);
        at = end + 1;
        if (pair.empty())
            continue;
        auto const equals = std::min(pair.find('='), pair.size());
        auto const name = decode(pair.substr(0, equals));
        all_.emplace_back(name, decode(pair.substr(std::min(equals + 1, pair.size()))));
    }
    parsed_ = true;
}

std::vector<std::pair<std::string_view, std::string_view>> const& query_parameters::all()
{
    if (!parsed_)
        parse();
    return all_;
}

std::optional<std::string_view> query_parameters::get(std::string_view name)
{
    for (auto const& [each, value] : all())
        if (each == name)
            return value;
    return std::nullopt;
}

}  // namespace redstart::http
