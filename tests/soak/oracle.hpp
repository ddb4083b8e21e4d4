// What a reply may be, given what a caller has done to a key that nobody else uses.
//
// What may have been applied may be applied at any later time: bytes of a connection that was given up can still be on
// their way. So it counts as possible until the key is given up.

#pragma once

#include "redstart/base/failure.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace redstart::soak {

// A value that says whose it is, and that it is whole: a reply that was given to the wrong caller is told from one that
// was damaged. `size` is at least that of the names in it.
std::string sealed(std::string_view owner, std::uint64_t version, std::size_t size);

// A counter, counted up by one at a time:
// acknowledged <= its value <= acknowledged + maybe applied.
class counter_oracle {
public:
    explicit counter_oracle(std::string key) : key_{std::move(key)} {}

    std::string const& key() const noexcept { return key_; }

    // Each gives what is wrong, or nothing.
    std::string acknowledged(std::int64_t value);
    std::string check_at_the_end(std::int64_t value) const;
    void failed(outcome result) { maybe_ += result == outcome::maybe_applied ? 1 : 0; }

    std::int64_t acknowledged() const noexcept { return acknowledged_; }

private:
    std::string key_;
    std::int64_t acknowledged_ = 0;
    std::int64_t maybe_ = 0;
    std::int64_t last_ = 0;
};

// Two keys that are counted up together, by transactions that read them first:
// they are always equal, and acknowledged <= their value <= acknowledged + maybe applied.
class pair_oracle {
public:
    explicit pair_oracle(std::string const& name) : first_{name + ":1"}, second_{name + ":2"} {}

    std::string const& first() const noexcept { return first_; }
    std::string const& second() const noexcept { return second_; }

    void acknowledged() { ++acknowledged_; }
    void failed(outcome result) { maybe_ += result == outcome::maybe_applied ? 1 : 0; }

    // What is wrong with these values, read at one moment, or nothing.
    std::string check(std::optional<std::string> const& first,
                      std::optional<std::string> const& second) const;
    std::string check_at_the_end(std::optional<std::string> const& first,
                                 std::optional<std::string> const& second) const;

private:
    std::string first_;
    std::string second_;
    std::int64_t acknowledged_ = 0;
    std::int64_t maybe_ = 0;
};

// A key that holds sealed values.
class text_oracle {
public:
    explicit text_oracle(std::string name) : name_{std::move(name)} {}

    std::string key() const { return name_ + ":" + std::to_string(generation_); }

    // The next value to set, and what became of that.
    std::string next_value(std::size_t size) { return sealed(key(), ++version_, size); }
    void acknowledged() { sure_ = version_; }
    void failed(outcome result);

    // What is wrong with this answer, or nothing.
    std::string check(std::optional<std::string> const& got) const;

    // Goes on with a fresh key when too much is uncertain of this one, which it gives.
    std::optional<std::string> give_up_if_uncertain();

private:
    std::string name_;
    std::uint64_t generation_ = 0;
    std::uint64_t version_ = 0;
    std::uint64_t sure_ = 0;            // the last one acknowledged of this key; 0: none
    std::vector<std::uint64_t> maybe_;  // all others that may be there
};

}  // namespace redstart::soak
