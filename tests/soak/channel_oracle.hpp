// What a subscriber may be told of the numbered messages of one publisher: each at most once, in order, and where one
// is missing there is a mark.
//
// What may have been published may still be published at any later time, as everywhere here.

#pragma once

#include "redstart/base/failure.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace redstart::soak {

class channel_oracle {
public:
    using number = std::uint64_t;

    explicit channel_oracle(std::string name) : name_{std::move(name)} {}

    std::string const& name() const noexcept { return name_; }

    // The next message, and what became of it.
    number next_number();
    std::string text_of(number which) const { return name_ + '#' + std::to_string(which); }
    void published(number which) { messages_[which - 1].sent = sending::acknowledged; }
    void publish_failed(number which, outcome result);

    // From now on all is received.
    void subscribed();
    // What is wrong with this message, or nothing. No message is under way.
    std::string received(std::string_view text, bool after_gap);

private:
    enum class sending : std::uint8_t { acknowledged, maybe, never };
    struct message {
        sending sent = sending::never;
        bool received = false;
    };

    number number_of(std::string_view text) const;  // 0: none of these
    std::string check_order(number which);

    std::string name_;
    std::vector<message> messages_;  // of number 1 and so on
    number from_ = 0;                // what came before that was not subscribed to
    number last_ = 0;                // received, or not subscribed to
    bool gap_ = false;               // something after the last one may be missing
};

}  // namespace redstart::soak
