// What a server says on a connection that has subscriptions, one frame at a time.
//
// RESP3 says it as pushes, RESP2 as arrays: both become the same frame. What is neither about subscriptions nor an
// answer to PING is skipped if it is a push, and `strange` otherwise.

#pragma once

#include "redstart/engine/feed.hpp"
#include "redstart/wire/parser.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace redstart::engine {

struct pubsub_frame {
    enum class kind : std::uint8_t { message, subscribed, unsubscribed, pong, error, strange };

    kind what{};
    feed_kind feed{};
    std::string name;     // of the feed
    std::string channel;  // of a message
    std::string text;     // a message's body, what PING was given, or the text of an error
};

class pubsub_parser {
public:
    explicit pubsub_parser(wire::limits limits) : parser_{limits} {}

    // Takes one frame from [at, end) and moves `at` past what it consumed. need_more and malformed as wire::parser.
    wire::progress next(char const*& at, char const* end, pubsub_frame& out);

    std::string_view error() const { return parser_.error(); }
    void reset();

private:
    void take(wire::token const& token);
    void take_element(wire::token const& token);
    bool end_frame(bool is_push, pubsub_frame& out);
    bool is_confirmation(pubsub_frame& out);
    bool is_message(pubsub_frame& out);
    void begin_frame();

    static constexpr std::size_t most_elements = 4;

    wire::parser parser_;
    std::array<std::string, most_elements> elements_;
    std::size_t count_ = 0;  // complete elements, of which at most most_elements are kept
    unsigned depth_ = 0;     // open aggregates
    bool is_nested_ = false;
    bool is_error_ = false;  // the frame is one
    bool is_text_ = false;   // the frame is a lone string
};

}  // namespace redstart::engine
