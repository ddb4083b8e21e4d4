#include "app/serve_config.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <fstream>

namespace redstart::app {

namespace {

constexpr std::size_t longest_file = 1 << 20;

// One key: what it takes, and how it is read. The reader gives false if the value is of another kind.
struct setting {
    std::string_view key;
    std::string expected;
    bool (*read)(toml::node const& value, serve_arguments& into);
};

template <std::string serve_arguments::* Member>
bool read_text(toml::node const& value, serve_arguments& into)
{
    auto const* const text = value.as_string();
    if (text != nullptr)
        into.*Member = text->get();
    return text != nullptr;
}

bool read_threads(toml::node const& value, serve_arguments& into)
{
    auto const* const number = value.as_integer();
    if (number == nullptr || number->get() < 1 || std::cmp_greater(number->get(), most_threads))
        return false;
    into.threads = static_cast<std::size_t>(number->get());
    return true;
}

template <std::vector<std::string> serve_arguments::* Member>
bool read_list(toml::node const& value, serve_arguments& into)
{
    auto const* const list = value.as_array();
    if (list == nullptr)
        return false;
    (into.*Member).clear();
    for (auto const& each : *list) {
        if (!each.is_string())
            return false;
        (into.*Member).push_back(each.as_string()->get());
    }
    return true;
}

std::vector<setting> const& settings()
{
    static std::string const text = "a string in quotes";
    static std::vector<setting> const all{
        {"listen", text, read_text<&serve_arguments::listen>},
        {"redis", text, read_text<&serve_arguments::redis>},
        {"data-dir", text, read_text<&serve_arguments::data_dir>},
        {"threads", "a whole number from 1 to " + std::to_string(most_threads), read_threads},
        {"rate-limit", text, read_text<&serve_arguments::rate_limit>},
        {"limiter", text, read_text<&serve_arguments::limiter>},
        {"score-policy", text, read_text<&serve_arguments::score_policy>},
        {"token-file", text, read_text<&serve_arguments::token_file>},
        {"trusted-proxies", "a list of strings, such as [\"10.0.0.0/8\"]",
         read_list<&serve_arguments::trusted_proxies>},
        {"allowed-hosts", "a list of strings, such as [\"scores.example.org\"]",
         read_list<&serve_arguments::allowed_hosts>},
        {"drain", text, read_text<&serve_arguments::drain>},
        {"drain-delay", text, read_text<&serve_arguments::drain_delay>},
    };
    return all;
}

std::unexpected<std::string> wrong_at(std::string const& path, toml::source_region const& where,
                                      std::string const& why)
{
    return std::unexpected{path + ":" + std::to_string(where.begin.line) + ": " + why};
}

// A key in quotes may hold anything; the complaint about it stays one line.
std::string printable(std::string_view key)
{
    std::string shown{key};
    std::ranges::replace_if(shown, [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; }, '?');
    return shown;
}

std::expected<std::string, std::string> read_whole(std::string const& path)
{
    std::ifstream file{path, std::ios::binary};
    std::string text(longest_file + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (!file.is_open() || file.bad())  // bad: it is a directory
        return std::unexpected{path + ": this configuration file cannot be read"};
    text.resize(static_cast<std::size_t>(file.gcount()));
    if (text.size() > longest_file)
        return std::unexpected{path + ": a configuration file has at most " +
                               std::to_string(longest_file) + " bytes"};
    return text;
}

}  // namespace

std::expected<void, std::string> read_config(
    std::string const& path, std::function<bool(std::string_view key)> const& is_given,
    serve_arguments& into)
{
    auto const text = read_whole(path);
    if (!text)
        return std::unexpected{text.error()};
    toml::table table;
    try {
        table = toml::parse(*text);
    } catch (toml::parse_error const& error) {
        // The parser's own words may quote a value.
        return wrong_at(path, error.source(), "this is not TOML, or a key is there twice");
    }
    serve_arguments unused;
    for (auto const& [key, value] : table) {
        auto const known = std::ranges::find(settings(), key.str(), &setting::key);
        if (known == settings().end())
            return wrong_at(path, key.source(), "there is no option " + printable(key.str()));
        if (!known->read(value, is_given(known->key) ? unused : into))
            return wrong_at(path, key.source(),
                            printable(key.str()) + " must be " + known->expected);
    }
    return {};
}

}  // namespace redstart::app
