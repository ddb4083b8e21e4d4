// What the tests of subscriptions share: a listener that writes down what it hears, and a server with channels that
// understands what it is sent and says what a server says, in either protocol.

#pragma once

#include "redstart/engine/subscriptions.hpp"
#include "redstart/wire/reply_writer.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace redstart::engine::testing {

inline feed channel(std::string name) { return {feed_kind::channel, std::move(name)}; }
inline feed pattern(std::string name) { return {feed_kind::pattern, std::move(name)}; }
inline feed shard(std::string name) { return {feed_kind::shard_channel, std::move(name)}; }

class probe_listener final : public feed_listener {
public:
    std::vector<std::string> heard;

    std::vector<std::string> take_heard() { return std::exchange(heard, {}); }

private:
    void on_message(std::string_view in, std::string_view body) noexcept override
    {
        heard.push_back(std::string{in} + "=" + std::string{body});
    }
    void on_live() noexcept override { heard.emplace_back("live"); }
    void on_gap() noexcept override { heard.emplace_back("gap"); }
    void on_refused(std::string_view text) noexcept override
    {
        heard.push_back("refused " + std::string{text});
    }
};

// Its answers are taken with take_answers(); it does nothing by itself.
class channel_server {
public:
    explicit channel_server(wire::protocol spoken) : spoken_{spoken} {}

    std::set<feed> subscribed;
    std::set<std::string> forbidden;  // names
    bool busy = false;
    std::string password = "right";
    std::vector<std::string> commands;  // that it heard, in words

    std::vector<std::string> take_commands() { return std::exchange(commands, {}); }
    std::string take_answers() { return std::exchange(answers_, {}); }

    void hear(std::string_view bytes)
    {
        heard_.append(bytes);
        char const* at = heard_.data();
        char const* const end = at + heard_.size();
        wire::token token;
        while (parser_.next(at, end, token) == wire::progress::token) {
            if (token.is_string())
                words_.emplace_back(token.text);
            if (token.ends_frame)
                obey(std::exchange(words_, {}));
        }
        heard_.erase(0, static_cast<std::size_t>(at - heard_.data()));
    }

    void publish(feed const& to, std::string_view body)
    {
        if (!subscribed.contains(to))
            return;
        if (to.kind == feed_kind::pattern)
            say({"pmessage", to.name, to.name + "!", body});
        else
            say({to.kind == feed_kind::channel ? "message" : "smessage", to.name, body});
    }
    // The slot goes to another server.
    void move_away(std::string const& name)
    {
        if (subscribed.erase(shard(name)) > 0)
            confirm("sunsubscribe", name);
    }
    void lose_connection()
    {
        subscribed.clear();
        answers_.clear();
        heard_.clear();
        words_.clear();
        parser_.reset();
    }
    void say_bytes(std::string_view bytes) { answers_.append(bytes); }

private:
    wire::reply_writer writer() { return wire::reply_writer{answers_, spoken_}; }

    void say(std::vector<std::string_view> const& words)
    {
        auto out = writer();
        out.push(words.size());
        for (auto const word : words)
            out.blob_string(word);
    }
    void confirm(std::string_view what, std::string_view name)
    {
        writer().push(3).blob_string(what).blob_string(name).integer(
            static_cast<std::int64_t>(subscribed.size()));
    }

    void obey(std::vector<std::string> const& words)
    {
        std::string line;
        for (auto const& word : words)
            line += (line.empty() ? "" : " ") + word;
        if (words[0] != "PING")
            commands.push_back(std::move(line));
        if (words[0] == "AUTH")
            return log_in(words.back());
        if (busy)
            return static_cast<void>(writer().simple_error("BUSY running a script"));
        if (words[0] == "PING")
            return pong(words[1]);
        bool const sharded = words[0].starts_with("SS") || words[0].starts_with("SUNS");
        auto const kind = words[0].front() == 'P' ? feed_kind::pattern
                          : sharded               ? feed_kind::shard_channel
                                                  : feed_kind::channel;
        subscribe_or_not(words, kind);
    }
    void subscribe_or_not(std::vector<std::string> const& words, feed_kind kind)
    {
        bool const enters = words[0].find("UNSUB") == std::string::npos;
        for (std::size_t i = 1; enters && i < words.size(); ++i)
            if (forbidden.contains(words[i]))
                return static_cast<void>(writer().simple_error("NOPERM not this channel"));
        std::string verb;
        for (char const c : words[0])
            verb += static_cast<char>(c - 'A' + 'a');
        for (std::size_t i = 1; i < words.size(); ++i) {
            if (enters)
                subscribed.insert({kind, words[i]});
            else
                subscribed.erase({kind, words[i]});
            confirm(verb, words[i]);
        }
    }
    void log_in(std::string_view with)
    {
        if (with == password)
            writer().simple_string("OK");
        else
            writer().simple_error("WRONGPASS invalid username-password pair");
    }
    void pong(std::string_view number)
    {
        if (spoken_ == wire::protocol::resp2 && !subscribed.empty())
            writer().array(2).blob_string("pong").blob_string(number);
        else
            writer().blob_string(number);
    }

    wire::protocol spoken_;
    wire::parser parser_;
    std::string heard_;
    std::vector<std::string> words_;
    std::string answers_;
};

inline std::string write_all(subscriptions& from)
{
    std::string all;
    for (auto out = from.output(); !out.empty(); out = from.output()) {
        all += out;
        from.written(out.size());
    }
    return all;
}

inline bool receive(subscriptions& by, std::string_view bytes)
{
    char const* at = bytes.data();
    bool const in_step = by.received(at, at + bytes.size());
    EXPECT_TRUE(!in_step || at == bytes.data() + bytes.size());
    return in_step;
}

// Until neither has anything more to say.
inline bool settle(subscriptions& state, channel_server& server)
{
    for (int round = 0; round < 1000; ++round) {
        server.hear(write_all(state));
        auto const answers = server.take_answers();
        if (answers.empty())
            return true;
        if (!receive(state, answers))
            return false;
    }
    ADD_FAILURE() << "they talk for ever";
    return false;
}

}  // namespace redstart::engine::testing
