// What pops may give and leave, of a queue to which one caller pushes numbered elements.
//
// They leave it by a pop, or by a move to a second list. No element is given out twice, a move loses none, and of what
// was acknowledged no more is lost than pops ended with maybe_applied.

#pragma once

#include "redstart/base/failure.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace redstart::soak {

class queue_oracle {
public:
    using element = std::uint64_t;

    explicit queue_oracle(std::string const& name) : key_{name}, moved_key_{name + ":moved"} {}

    std::string const& key() const noexcept { return key_; }
    std::string const& moved_key() const noexcept { return moved_key_; }

    // The next element to push, and what became of that. Each check gives what is wrong, or nothing.
    element next_element();
    void pushed(element which);
    std::string push_failed(element which, outcome result);

    // This one was given out by a pop, or by a move.
    std::string popped(element which) { return give_out(which, place::popped); }
    std::string moved(element which) { return give_out(which, place::moved); }
    void pop_failed(outcome result) { maybe_popped_ += result == outcome::maybe_applied ? 1 : 0; }

    // With what the two lists hold.
    std::string check_at_the_end(std::vector<element> const& waiting,
                                 std::vector<element> const& moved) const;

private:
    enum class origin : std::uint8_t { under_way, acknowledged, maybe, never };
    enum class place : std::uint8_t { unknown, popped, moved };
    struct record {
        origin pushed = origin::under_way;
        place given = place::unknown;
    };

    std::string give_out(element which, place to);
    std::string wrong(element which, std::string const& what) const;

    std::string key_;
    std::string moved_key_;
    std::vector<record> records_;  // of element 1 and so on
    std::int64_t maybe_popped_ = 0;
};

}  // namespace redstart::soak
