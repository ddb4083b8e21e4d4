#include "tests/soak/oracle.hpp"

#include <algorithm>
#include <charconv>
#include <functional>
#include <utility>

namespace redstart::soak {

namespace {

constexpr char between = '#';
constexpr std::size_t most_uncertain = 32;

std::string hash_of(std::string_view text)
{
    return std::to_string(std::hash<std::string_view>{}(text));
}

struct unsealed {
    std::string_view owner;
    std::uint64_t version = 0;
};

// Nothing when the text is not as sealed() made it.
std::optional<unsealed> unseal(std::string_view text)
{
    auto const last = text.rfind(between);
    auto const first = text.find(between);
    if (last == std::string_view::npos || hash_of(text.substr(0, last)) != text.substr(last + 1))
        return std::nullopt;
    unsealed found{.owner = text.substr(0, first)};
    std::from_chars(text.data() + first + 1, text.data() + last, found.version);
    return found;
}

}  // namespace

std::string sealed(std::string_view owner, std::uint64_t version, std::size_t size)
{
    auto text = std::string{owner} + between + std::to_string(version) + between;
    if (text.size() < size)
        text.append(size - text.size(), static_cast<char>('a' + version % 26));
    auto const hash = hash_of(text);
    return text + between + hash;
}

std::string counter_oracle::acknowledged(std::int64_t value)
{
    ++acknowledged_;
    bool const possible =
        value > last_ && value >= acknowledged_ && value <= acknowledged_ + maybe_;
    auto const last = std::exchange(last_, value);
    if (possible)
        return {};
    return key_ + " was counted to " + std::to_string(value) + " after " + std::to_string(last) +
           ", with " + std::to_string(acknowledged_) + " acknowledged and " +
           std::to_string(maybe_) + " maybe applied";
}

std::string counter_oracle::check_at_the_end(std::int64_t value) const
{
    if (acknowledged_ <= value && value <= acknowledged_ + maybe_)
        return {};
    return key_ + " is " + std::to_string(value) + " in the end, with " +
           std::to_string(acknowledged_) + " acknowledged and " + std::to_string(maybe_) +
           " maybe applied";
}

std::string pair_oracle::check(std::optional<std::string> const& first,
                               std::optional<std::string> const& second) const
{
    if (first == second)
        return {};
    return first_ + " is " + first.value_or("absent") + " while " + second_ + " is " +
           second.value_or("absent");
}

std::string pair_oracle::check_at_the_end(std::optional<std::string> const& first,
                                          std::optional<std::string> const& second) const
{
    auto const value = std::stoll(first.value_or("0"));
    if (first != second || (acknowledged_ <= value && value <= acknowledged_ + maybe_))
        return check(first, second);
    return first_ + " is " + std::to_string(value) + " in the end, with " +
           std::to_string(acknowledged_) + " acknowledged and " + std::to_string(maybe_) +
           " maybe applied";
}

void text_oracle::failed(outcome result)
{
    if (result == outcome::maybe_applied)
        maybe_.push_back(version_);
}

std::string text_oracle::check(std::optional<std::string> const& got) const
{
    if (!got)
        return sure_ == 0 ? std::string{} : key() + " has lost its value";
    auto const found = unseal(*got);
    if (!found)
        return key() + " holds a damaged value: " + got->substr(0, 80);
    if (found->owner != key())
        return key() + " was answered with what belongs to " + std::string{found->owner};
    if (found->version == sure_ || std::ranges::find(maybe_, found->version) != maybe_.end())
        return {};
    return key() + " holds version " + std::to_string(found->version) +
           ", which was never sent or is replaced by " + std::to_string(sure_);
}

std::optional<std::string> text_oracle::give_up_if_uncertain()
{
    if (maybe_.size() < most_uncertain)
        return std::nullopt;
    auto left = key();
    ++generation_;
    sure_ = 0;
    maybe_.clear();
    return left;
}

}  // namespace redstart::soak
