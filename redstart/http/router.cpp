#include "redstart/http/router.hpp"

#include "redstart/http/route.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace redstart::http {

struct router::node {
    std::vector<std::pair<std::string, std::unique_ptr<node>>> literals;  // sorted
    std::unique_ptr<node> parameter;
    std::unique_ptr<node> rest;
    std::array<route const*, method_count> routes{};

    node const* literal(std::string_view segment) const noexcept
    {
        auto const at = position(segment);
        return at != literals.end() && at->first == segment ? at->second.get() : nullptr;
    }
    node& make_literal(std::string_view segment)
    {
        auto const at = position(segment);
        if (at != literals.end() && at->first == segment)
            return *at->second;
        return *literals.emplace(at, std::string{segment}, std::make_unique<node>())->second;
    }

private:
    std::vector<std::pair<std::string, std::unique_ptr<node>>>::const_iterator position(
        std::string_view segment) const noexcept
    {
        return std::ranges::lower_bound(
            literals, segment, {}, [](auto const& each) -> std::string_view { return each.first; });
    }
};

namespace {

enum class segment_kind : unsigned char { literal, parameter, rest };

struct template_segment {
    segment_kind kind;
    std::string_view text;  // a literal's bytes, or a name
};

[[noreturn]] void refuse(std::string const& pattern, std::string_view why)
{
    throw std::logic_error{"the route template \"" + pattern + "\" " + std::string{why}};
}

template_segment parse_segment(std::string_view text, std::string const& pattern)
{
    if (!text.starts_with('{')) {
        if (text.find_first_of("{}") != text.npos)
            refuse(pattern, "has a brace within a segment; a parameter is a whole segment");
        if (text == "." || text == "..")
            refuse(pattern, "has a dot segment, which no request can have");
        return {segment_kind::literal, text};
    }
    if (!text.ends_with('}'))
        refuse(pattern, "has a parameter without a closing brace");
    auto name = text.substr(1, text.size() - 2);
    auto const kind = name.starts_with('*') ? segment_kind::rest : segment_kind::parameter;
    if (kind == segment_kind::rest)
        name.remove_prefix(1);
    if (name.empty() || name.find_first_of("{}*") != name.npos)
        refuse(pattern, "has a parameter without a proper name");
    return {kind, name};
}

std::vector<template_segment> parse_template(std::string const& pattern)
{
    if (!pattern.starts_with('/'))
        refuse(pattern, "does not begin with a slash");
    std::vector<template_segment> segments;
    for (std::size_t at = 1; at <= pattern.size();) {
        if (!segments.empty() && segments.back().kind == segment_kind::rest)
            refuse(pattern, "goes on after {*...}, which takes everything");
        auto const end = std::min(pattern.find('/', at), pattern.size());
        segments.push_back(parse_segment(std::string_view{pattern}.substr(at, end - at), pattern));
        at = end + 1;
    }
    return segments;
}

std::vector<std::string> names_in(std::vector<template_segment> const& segments,
                                  std::string const& pattern)
{
    std::vector<std::string> names;
    for (auto const& each : segments) {
        if (each.kind == segment_kind::literal)
            continue;
        if (std::ranges::find(names, each.text) != names.end())
            refuse(pattern, "has the same parameter twice");
        names.emplace_back(each.text);
    }
    return names;
}

}  // namespace

router::router() : root_{std::make_unique<node>()} {}
router::~router() = default;

void router::add(route& added)
{
    auto const segments = parse_template(added.pattern);
    added.parameters = names_in(segments, added.pattern);
    auto* at = root_.get();
    for (auto const& each : segments) {
        if (each.kind == segment_kind::literal) {
            at = &at->make_literal(each.text);
            continue;
        }
        auto& child = each.kind == segment_kind::rest ? at->rest : at->parameter;
        if (!child)
            child = std::make_unique<node>();
        at = child.get();
    }
    auto& place = at->routes[static_cast<std::size_t>(added.method)];
    if (place)
        throw std::logic_error{
            "two routes match the same requests: " + std::string{to_string(added.method)} + " \"" +
            place->pattern + "\" and \"" + added.pattern + "\""};
    place = &added;
}

// One walk. It ends at the first node that accept() takes.
class router::search {
public:
    search(request_path const& path, captures& found) noexcept
        : path_{path}, segments_{path.segments()}, captures_{found}
    {
    }

    template <class Accept>
    bool walk(node const& at, std::size_t depth, Accept const& accept)
    {
        if (depth == segments_.size())
            return accept(at);
        auto const segment = segments_[depth];
        if (auto const* const child = at.literal(segment); child && walk(*child, depth + 1, accept))
            return true;
        if (at.parameter && !segment.empty()) {
            captures_.push_back(segment);
            if (walk(*at.parameter, depth + 1, accept))
                return true;
            captures_.pop_back();
        }
        return at.rest && walk_rest(*at.rest, depth, accept);
    }

private:
    template <class Accept>
    bool walk_rest(node const& at, std::size_t depth, Accept const& accept)
    {
        // A slash that came encoded is data; in a rest it could not be told from one that separates.
        if (path_.has_slash_within(depth))
            return false;
        captures_.push_back(path_.rest(depth));
        if (accept(at))
            return true;
        captures_.pop_back();
        return false;
    }

    request_path const& path_;
    std::vector<std::string_view> const& segments_;
    captures& captures_;
};

route const* router::find(method wanted, request_path const& path, captures& found) const
{
    found.clear();
    route const* result = nullptr;
    search{path, found}.walk(*root_, 0, [&](node const& at) {
        result = at.routes[static_cast<std::size_t>(wanted)];
        return result != nullptr;
    });
    return result;
}

method_set router::methods(request_path const& path) const
{
    captures unused;
    method_set set;
    search{path, unused}.walk(*root_, 0, [&](node const& at) {
        for (std::size_t index = 0; index < method_count; ++index)
            if (at.routes[index])
                set.add(static_cast<method>(index));
        return false;  // look everywhere
    });
    return set;
}

}  // namespace redstart::http
