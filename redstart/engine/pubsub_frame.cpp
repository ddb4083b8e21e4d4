#include "redstart/engine/pubsub_frame.hpp"

#include <optional>
#include <utility>

namespace redstart::engine {

namespace {

constexpr std::size_t kept = 64 * 1024;  // bytes: the room of a larger element is given back

// The kind of feed that a word is about, when it is "subscribe" and the like: p and s stand before it.
std::optional<feed_kind> kind_before(std::string_view word, std::string_view stem)
{
    if (word == stem)
        return feed_kind::channel;
    if (word.size() != stem.size() + 1 || word.substr(1) != stem)
        return std::nullopt;
    if (word.front() == 'p')
        return feed_kind::pattern;
    return word.front() == 's' ? std::optional{feed_kind::shard_channel} : std::nullopt;
}

}  // namespace

void pubsub_parser::begin_frame()
{
    for (auto& each : elements_) {
        if (each.capacity() > kept)
            std::string{}.swap(each);
        each.clear();
    }
    count_ = 0;
    depth_ = 0;
    is_nested_ = is_error_ = is_text_ = false;
}

void pubsub_parser::reset()
{
    parser_.reset();
    begin_frame();
}

wire::progress pubsub_parser::next(char const*& at, char const* end, pubsub_frame& out)
{
    wire::token token;
    while (true) {
        auto const step = parser_.next(at, end, token);
        if (step != wire::progress::token)
            return step;
        take(token);
        if (!token.ends_frame)
            continue;
        bool const worth_telling = end_frame(token.out_of_band, out);
        begin_frame();
        if (worth_telling)
            return wire::progress::token;
    }
}

void pubsub_parser::take(wire::token const& token)
{
    if (token.is_aggregate()) {
        is_nested_ |= ++depth_ > 1;
        is_nested_ |= token.kind != wire::kind::array && token.kind != wire::kind::push;
    } else if (token.kind == wire::kind::close) {
        --depth_;
    } else {
        is_error_ |= depth_ == 0 && token.is_error();
        is_text_ |= depth_ == 0 && token.is_string();
        take_element(token);
    }
}

void pubsub_parser::take_element(wire::token const& token)
{
    if (count_ < most_elements)
        elements_[count_].append(token.text);
    count_ += token.more ? 0 : 1;
}

// Whether it is to be told. A push inside another frame cannot be told apart from its elements, but servers do that to
// replies only, and here are none that have elements.
bool pubsub_parser::end_frame(bool is_push, pubsub_frame& out)
{
    if (is_error_) {
        out.what = pubsub_frame::kind::error;
        std::swap(out.text, elements_[0]);
        return true;
    }
    if (!is_nested_ && (is_confirmation(out) || is_message(out)))
        return true;
    bool const is_pong = is_text_ || (!is_nested_ && count_ == 2 && elements_[0] == "pong");
    out.what = is_pong ? pubsub_frame::kind::pong : pubsub_frame::kind::strange;
    std::swap(out.text, elements_[is_text_ ? 0 : 1]);
    return is_pong || !is_push;
}

bool pubsub_parser::is_confirmation(pubsub_frame& out)
{
    if (count_ != 3)
        return false;
    auto about = kind_before(elements_[0], "subscribe");
    out.what = pubsub_frame::kind::subscribed;
    if (!about) {
        about = kind_before(elements_[0], "unsubscribe");
        out.what = pubsub_frame::kind::unsubscribed;
    }
    if (!about)
        return false;
    out.feed = *about;
    std::swap(out.name, elements_[1]);
    return true;
}

bool pubsub_parser::is_message(pubsub_frame& out)
{
    auto const about = kind_before(elements_[0], "message");
    bool const by_pattern = about == feed_kind::pattern;
    if (!about || count_ != (by_pattern ? 4 : 3))
        return false;
    out.what = pubsub_frame::kind::message;
    out.feed = *about;
    std::swap(out.name, elements_[1]);
    if (by_pattern)
        std::swap(out.channel, elements_[2]);
    else
        out.channel = out.name;
    std::swap(out.text, elements_[by_pattern ? 3 : 2]);
    return true;
}

}  // namespace redstart::engine
