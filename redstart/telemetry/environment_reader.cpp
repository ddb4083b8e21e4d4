#include "redstart/telemetry/environment_reader.hpp"

#include <algorithm>
#include <charconv>

namespace redstart::telemetry {

namespace {

constexpr std::uint64_t longest_milliseconds = 86'400'000;  // a day: every wait of ours is finite
constexpr std::uint64_t largest_count = 1'000'000;

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view blanks = " \t";
    auto const first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

template <class Number>
std::optional<Number> number_in(std::string_view text)
{
    Number number{};
    auto const [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failed != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return number;
}

std::optional<std::string> percent_decoded(std::string_view text)
{
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded.push_back(text[i]);
            continue;
        }
        unsigned value = 0;
        auto const* const digits = text.data() + i + 1;
        if (text.size() - i < 3 || std::from_chars(digits, digits + 2, value, 16).ptr != digits + 2)
            return std::nullopt;
        decoded.push_back(static_cast<char>(value));
        i += 2;
    }
    return decoded;
}

std::optional<std::pair<std::string, std::string>> pair_in(std::string_view member)
{
    auto const equals = member.find('=');
    if (equals == std::string_view::npos)
        return std::nullopt;
    auto key = percent_decoded(trimmed(member.substr(0, equals)));
    auto value = percent_decoded(trimmed(member.substr(equals + 1)));
    if (!key || key->empty() || !value)
        return std::nullopt;
    return std::pair{std::move(*key), std::move(*value)};
}

}  // namespace

setting environment_reader::find(names choices) const
{
    for (auto const name : choices) {
        auto const value = lookup_(name).value_or("");
        if (auto const text = trimmed(value); !text.empty())
            return {name, std::string{text}};
    }
    return {};
}

bool environment_reader::flag(names choices, bool fallback)
{
    auto const found = find(choices);
    if (!found)
        return fallback;
    auto lower = found.value;
    std::ranges::transform(lower, lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    if (lower != "true" && lower != "false")
        refuse(found, "expected true or false");
    return lower == "true";
}

std::chrono::milliseconds environment_reader::milliseconds(names choices,
                                                           std::chrono::milliseconds fallback)
{
    auto const found = find(choices);
    if (!found)
        return fallback;
    auto const number = number_in<std::uint64_t>(found.value);
    if (!number || *number == 0 || *number > longest_milliseconds) {
        refuse(found, "expected a number of milliseconds from 1 to 86400000, without a unit");
        return fallback;
    }
    return std::chrono::milliseconds{*number};
}

std::size_t environment_reader::count(names choices, std::size_t fallback)
{
    auto const found = find(choices);
    if (!found)
        return fallback;
    auto const number = number_in<std::uint64_t>(found.value);
    if (!number || *number == 0 || *number > largest_count) {
        refuse(found, "expected a number from 1 to 1000000");
        return fallback;
    }
    return *number;
}

double environment_reader::ratio(names choices, double fallback)
{
    auto const found = find(choices);
    if (!found)
        return fallback;
    auto const number = number_in<double>(found.value);
    if (!number || !(*number >= 0 && *number <= 1)) {
        refuse(found, "expected a number from 0 to 1");
        return fallback;
    }
    return *number;
}

std::vector<std::pair<std::string, std::string>> environment_reader::pairs(names choices)
{
    std::vector<std::pair<std::string, std::string>> read;
    auto const found = find(choices);
    std::string_view rest = found.value;
    while (!rest.empty()) {
        auto const comma = rest.find(',');
        auto const member = trimmed(rest.substr(0, comma));
        rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
        if (member.empty())
            continue;
        if (auto pair = pair_in(member)) {
            read.push_back(std::move(*pair));
            continue;
        }
        refuse_secret(found,
                      "expected key=value, separated by commas, with values percent-encoded");
        return {};
    }
    return read;
}

void environment_reader::refuse(setting const& found, std::string_view reason)
{
    if (!error_)
        error_ = std::string{found.name} + "=" + found.value + ": " + std::string{reason};
}

void environment_reader::refuse_secret(setting const& found, std::string_view reason)
{
    if (!error_)
        error_ = std::string{found.name} + ": " + std::string{reason};
}

}  // namespace redstart::telemetry
