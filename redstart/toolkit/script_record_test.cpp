#include "redstart/toolkit/script_record_test.hpp"

#include "redstart/command/cluster.hpp"
#include "redstart/command/script.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <expected>
#include <fstream>
#include <iterator>
#include <optional>
#include <ranges>
#include <stdexcept>
#include <utility>

namespace redstart::toolkit::script_tests {

namespace {

using answer = std::expected<words, failure>;

char unescaped(char letter)
{
    switch (letter) {
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'a': return '\a';
    case 'b': return '\b';
    default: return letter;
    }
}

// The words of a line of MONITOR, which stand in quotes, each with the escapes of C.
words words_of(std::string_view text)
{
    words found;
    bool inside = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '"') {
            inside = !inside;
            if (inside)
                found.emplace_back();
        } else if (text[at] == '\\' && text.substr(at + 1, 1) == "x") {
            std::uint8_t byte = 0;
            std::from_chars(text.data() + at + 2, text.data() + at + 4, byte, 16);
            found.back().push_back(static_cast<char>(byte));
            at += 3;
        } else if (text[at] == '\\') {
            found.back().push_back(unescaped(text[++at]));
        } else if (inside) {
            found.back().push_back(text[at]);
        }
    }
    return found;
}

// Only what says which script it is, and its keys.
words without_arguments(words call)
{
    std::size_t keys = 0;
    if (call.size() > 2)
        std::from_chars(call[2].data(), call[2].data() + call[2].size(), keys);
    call.resize(std::min(call.size(), keys + 3));
    return call;
}

std::string in_one_line(words const& all)
{
    std::string line;
    for (auto const& each : all)
        line.append(line.empty() ? "" : " ").append(each);
    return line;
}

command<words> keys_of(words const& what)
{
    auto asked = raw<words>("COMMAND GETKEYS");
    for (auto const& each : what)
        asked.add(each);
    return asked;
}

// Whatever else names no key may look at all of them.
bool looks_at_no_key(words const& executed)
{
    return executed.front() == "TIME" || executed.front() == "PUBLISH";
}

std::optional<std::string> fault_of(words const& executed, answer const& named,
                                    std::set<std::string> const& declared)
{
    if (!named && !named.error().server_text().contains("no key arguments"))
        return "the server does not know which keys it names";
    if (!named && !looks_at_no_key(executed))
        return "names no key";
    if (named &&
        !std::ranges::includes(declared, std::set<std::string>{named->begin(), named->end()}))
        return "touches a key that was not declared";
    return std::nullopt;
}

task<bool> lie_in_one_slot(client& node, std::set<std::string> const& all)
{
    std::set<std::uint16_t> slots;
    for (auto const& each : all)
        slots.insert(co_await node.exec(cluster_keyslot(each)));
    co_return slots.size() <= 1;
}

task<> judge(std::pair<words const, std::set<words>> const& call, client& node,
             std::vector<std::string>& faults)
{
    std::vector<command<words>> asked;
    asked.push_back(keys_of(call.first));
    for (auto const& each : call.second)
        asked.push_back(keys_of(each));
    auto const answers = co_await node.exec(std::move(asked));

    auto const none = words{};
    auto const& names = answers.front() ? *answers.front() : none;
    std::set<std::string> const declared{names.begin(), names.end()};
    if (!co_await lie_in_one_slot(node, declared))
        faults.push_back("keys of two slots: " + in_one_line(call.first));
    auto named = answers.begin();
    for (auto const& each : call.second)
        if (auto const fault = fault_of(each, *++named, declared))
            faults.push_back(in_one_line(each) + ' ' + *fault + ": " + in_one_line(call.first));
}

std::string content_of(std::filesystem::path const& path)
{
    std::ifstream file{path};
    return {std::istreambuf_iterator<char>{file}, {}};
}

bool calls_something(std::string_view text)
{
    return text.contains("redis.call") || text.contains("redis.pcall");
}

// Comments of whole lines may speak of Lua.
bool calls_something_in_code(std::string_view text)
{
    return std::ranges::any_of(std::views::split(text, '\n'), [](auto const& line) {
        std::string_view const all{line.begin(), line.end()};
        auto const first = all.find_first_not_of(' ');
        return calls_something(all) && !all.substr(first).starts_with("//");
    });
}

}  // namespace

void script_record::note(std::string_view line)
{
    auto const origin = line.find("] ");
    if (origin == std::string_view::npos)
        return;
    auto said = words_of(line.substr(origin));
    if (line.find(" lua]") > origin)
        last_ = std::move(said);
    else if (!said.empty() && !last_.empty())
        note_executed(std::move(said));
}

void script_record::note_executed(words said)
{
    if (last_.front() == "EVAL" && last_.size() > 2) {
        script_source const whole{"", last_[1]};
        texts_.insert(last_[1]);
        last_[0] = "EVALSHA";
        last_[1] = whole.sha1();
    }
    calls_[without_arguments(last_)].insert(std::move(said));
}

task<std::vector<std::string>> faults_of(script_record const& record, client& node)
{
    std::vector<std::string> faults;
    for (auto const& call : record.calls())
        co_await judge(call, node, faults);
    co_return faults;
}

std::vector<lua_piece> lua_in(std::string_view source, std::string const& file)
{
    constexpr std::string_view begins = "R\"(";
    constexpr std::string_view ends = ")\"";
    std::vector<lua_piece> found;
    std::size_t line = 1;
    auto const skip = [&](std::size_t length) {
        auto const skipped = source.substr(0, length);
        line += static_cast<std::size_t>(std::ranges::count(skipped, '\n'));
        source.remove_prefix(skipped.size());
        return skipped;
    };
    while (!source.empty()) {
        if (calls_something_in_code(skip(source.find(begins))))
            throw std::runtime_error{file + ": Lua that is in no raw string"};
        if (source.empty())
            break;
        skip(begins.size());
        lua_piece next{file + ':' + std::to_string(line), {}};
        next.text = skip(source.find(ends));
        if (calls_something(next.text))
            found.push_back(std::move(next));
    }
    return found;
}

std::vector<lua_piece> lua_under(std::filesystem::path const& folder)
{
    std::vector<lua_piece> found;
    for (auto const& each : std::filesystem::recursive_directory_iterator{folder}) {
        auto const name = each.path().filename().string();
        if (!each.is_regular_file() || name.contains("_test.") ||
            !(name.ends_with(".cpp") || name.ends_with(".hpp")))
            continue;
        std::ranges::move(lua_in(content_of(each.path()), name), std::back_inserter(found));
    }
    return found;
}

std::vector<std::string> never_executed(std::vector<lua_piece> const& pieces,
                                        script_record const& record)
{
    std::vector<std::string> missing;
    for (auto const& piece : pieces)
        if (std::ranges::none_of(
                record.texts(), [&](std::string const& text) { return text.contains(piece.text); }))
            missing.push_back(piece.where);
    return missing;
}

}  // namespace redstart::toolkit::script_tests
