// Tags: entries that are invalidated together, at once, however many there are.
//
// A tag is a key of its own, <prefix>:cache-tag:<name of the cache>:{<tag>}, that holds a random token. An entry keeps
// the tokens that its tags had before it was loaded; when one of them has another now, or none, the entry counts as
// absent. So invalidating is one SET, and what is lost of a tag (evicted, expired, not replicated) invalidates too much
// and never too little. Tags lie in slots of their own, so they are asked in one batch and not by a script.

#pragma once

#include "redstart/client/client.hpp"
#include "redstart/toolkit/cache/cache_options.hpp"
#include "redstart/toolkit/key_space.hpp"

#include <chrono>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace redstart::toolkit::toolkit_detail {

struct cache_reading;

// Tag and token.
using tag_list = std::vector<std::pair<std::string, std::string>>;
// As an envelope has them, and back: nothing if the bytes are none.
std::string to_bytes(tag_list const& tags);
std::optional<tag_list> to_tags(std::string_view bytes);

class cache_tags {
public:
    // A token ends after so long, and what has it counts as absent from then on.
    static constexpr std::chrono::milliseconds lifetime = std::chrono::days{30};

    cache_tags(client& db, cache_options const& options, std::source_location where);

    // Throws a failure (invalid_argument) for more than 32 tags, and for one of none or more than 256 bytes.
    static void check(std::vector<std::string> const& tags, std::source_location const& where);

    // The tokens of now, made where there is none: one round trip, if there is a tag at all.
    task<std::string> tokens(std::vector<std::string> tags, std::source_location where) const;
    // Adds the questions for their tokens of now, in their order.
    std::vector<batch_item<std::optional<std::string>>> ask(std::vector<std::string> const& tags,
                                                            batch& questions) const;
    // Makes a miss of what has a tag that was invalidated, and a failure of what cannot be known: one round trip for
    // all, if one of them has a tag whose token it does not come with.
    task<> judge(std::span<cache_reading* const> readings, std::source_location where) const;
    task<> invalidate(std::string tag, std::source_location where) const;

private:
    key<std::string> key_of(std::string_view tag) const;

    client& db_;
    key_space keys_;
};

}  // namespace redstart::toolkit::toolkit_detail
