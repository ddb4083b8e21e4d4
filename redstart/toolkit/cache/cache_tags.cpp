#include "redstart/toolkit/cache/cache_tags.hpp"

#include "redstart/base/random.hpp"
#include "redstart/toolkit/cache/cache_store.hpp"
#include "redstart/toolkit/operation.hpp"

#include <algorithm>
#include <map>

namespace redstart::toolkit::toolkit_detail {

namespace {

constexpr std::size_t most_tags = 32;
constexpr std::size_t longest_tag = 256;

// Length in two bytes, then the text.
void append_text(std::string& to, std::string_view text)
{
    to += static_cast<char>(text.size() >> 8U);
    to += static_cast<char>(text.size() & 255U);
    to += text;
}

std::optional<std::string> take_text(std::string_view& from)
{
    if (from.size() < 2)
        return std::nullopt;
    auto const byte = [&](std::size_t at) { return static_cast<unsigned char>(from[at]); };
    auto const size = static_cast<std::size_t>(byte(0) << 8U | byte(1));
    from.remove_prefix(2);
    if (size > from.size())
        return std::nullopt;
    std::string text{from.substr(0, size)};
    from.remove_prefix(size);
    return text;
}

using token_by_tag = std::map<std::string, std::string, std::less<>>;

bool are_current(tag_list const& tags, token_by_tag const& now)
{
    return std::ranges::all_of(tags, [&](auto const& each) {
        auto const found = now.find(each.first);
        return found != now.end() && found->second == each.second;
    });
}

}  // namespace

std::string to_bytes(tag_list const& tags)
{
    std::string bytes;
    for (auto const& [tag, token] : tags) {
        append_text(bytes, tag);
        append_text(bytes, token);
    }
    return bytes;
}

std::optional<tag_list> to_tags(std::string_view bytes)
{
    tag_list tags;
    while (!bytes.empty()) {
        auto tag = take_text(bytes);
        auto token = take_text(bytes);
        if (!tag || !token)
            return std::nullopt;
        tags.emplace_back(*std::move(tag), *std::move(token));
    }
    return tags;
}

cache_tags::cache_tags(client& db, cache_options const& options, std::source_location where)
    : db_{db}, keys_{options.prefix, "cache-tag:" + options.name, where}
{
}

key<std::string> cache_tags::key_of(std::string_view tag) const
{
    return keys_.key_of<std::string>(tag);
}

void cache_tags::check(std::vector<std::string> const& tags, std::source_location const& where)
{
    bool const are_sensible = tags.size() <= most_tags && std::ranges::all_of(tags, [](auto& each) {
                                  return !each.empty() && each.size() <= longest_tag;
                              });
    if (!are_sensible)
        throw invalid_argument("an entry has at most 32 tags, of 1 to 256 bytes", where);
}

task<std::string> cache_tags::tokens(std::vector<std::string> tags,
                                     std::source_location where) const
{
    batch questions;
    std::vector<batch_item<std::optional<std::string>>> items;
    for (auto const& each : tags) {
        questions.add(set(key_of(each), random_token(),
                          {.ttl = lifetime, .condition = set_options::when::if_absent}));
        items.push_back(questions.add(get(key_of(each))));
    }
    if (tags.empty())
        co_return std::string{};
    auto replies = co_await db_.exec(std::move(questions), where);
    replies.throw_first_failure();
    tag_list found;
    for (std::size_t i = 0; i < tags.size(); ++i)
        found.emplace_back(std::move(tags[i]), (*replies.take(items[i])).value_or(""));
    co_return to_bytes(found);
}

std::vector<batch_item<std::optional<std::string>>> cache_tags::ask(
    std::vector<std::string> const& tags, batch& questions) const
{
    std::vector<batch_item<std::optional<std::string>>> items;
    items.reserve(tags.size());
    for (auto const& each : tags)
        items.push_back(questions.add(get(key_of(each))));
    return items;
}

task<> cache_tags::judge(std::span<cache_reading* const> readings, std::source_location where) const
{
    std::vector<std::pair<cache_reading*, tag_list>> tagged;
    std::map<std::string, batch_item<std::optional<std::string>>> items;
    token_by_tag now;
    batch questions;
    for (auto* each : readings) {
        auto tags = to_tags(each->found.tags);
        if (!tags)
            each->forget_value();  // nobody can tell whether it was invalidated
        if (!tags || tags->empty())
            continue;
        now.insert(each->tokens.begin(), each->tokens.end());
        for (auto const& [tag, token] : *tags)
            if (!now.contains(tag) && !items.contains(tag))
                items.emplace(tag, questions.add(get(key_of(tag))));
        tagged.emplace_back(each, *std::move(tags));
    }
    std::map<std::string, failure, std::less<>> failed;
    if (!items.empty()) {
        auto replies = co_await db_.exec(std::move(questions), where);
        for (auto const& [tag, item] : items) {
            auto token = replies.take(item);
            if (!token)
                failed.emplace(tag, token.error());
            else if (*token)
                now.emplace(tag, **std::move(token));
        }
    }
    for (auto& [reading, tags] : tagged) {
        for (auto const& [tag, token] : tags)
            if (auto const found = failed.find(tag); found != failed.end())
                reading->failed = found->second;
        if (!are_current(tags, now))
            reading->forget_value();
    }
}

task<> cache_tags::invalidate(std::string tag, std::source_location where) const
{
    co_await db_.exec(set(key_of(tag), random_token(), {.ttl = lifetime}), where);
}

}  // namespace redstart::toolkit::toolkit_detail
