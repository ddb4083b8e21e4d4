// What the tests of this folder share: the bytes of a command, and decoding a reply cut anywhere.

#pragma once

#include "redstart/command/command.hpp"
#include "redstart/wire/parser.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace redstart::command_test {

// A command as it stands on the wire.
inline std::string on_the_wire(std::initializer_list<std::string_view> words)
{
    auto text = "*" + std::to_string(words.size()) + "\r\n";
    for (auto const word : words)
        text.append("$")
            .append(std::to_string(word.size()))
            .append("\r\n")
            .append(word)
            .append("\r\n");
    return text;
}

inline void expect_sent(any_command const& built, std::initializer_list<std::string_view> words)
{
    EXPECT_EQ(built.request().bytes(), on_the_wire(words));
    EXPECT_EQ(built.request().arguments(), words.size());
}

template <class Reply, class Command>
void expect_gives(Command const& built, command_id id)
{
    static_assert(std::same_as<typename Command::reply_type, Reply>);
    EXPECT_EQ(built.id(), id);
    EXPECT_EQ(&built.info(), &info_of(id));
    EXPECT_EQ(built.script(), nullptr);
}

// The bytes of a command, the type of its reply, and that it is the one that it is sent as.
template <class Reply, class Command>
void expect_builds(Command const& built, std::initializer_list<std::string_view> words)
{
    static_assert(std::same_as<typename Command::reply_type, Reply>);
    expect_sent(built, words);
    auto const name = built.info().name;
    auto const named = name.find(' ') == std::string_view::npos
                           ? std::string{words.begin()[0]}
                           : std::string{words.begin()[0]} + ' ' + std::string{words.begin()[1]};
    EXPECT_EQ(named, name);
    EXPECT_GE(built.request().arguments(), static_cast<unsigned>(std::abs(built.info().arity)));
}

// Decodes as the client does, which feeds all tokens of a reply until one does not fit. The bytes
// come in two pieces. None on a mismatch. `done` must come with the last token, and only then.
template <class T>
class decoding {
public:
    std::optional<T> of(std::string_view bytes, std::size_t cut)
    {
        std::string held{bytes.substr(0, cut)};
        feed(held);
        held += bytes.substr(cut);
        feed(held);
        EXPECT_TRUE(ended_) << "the reply is not complete: " << bytes;
        if (mismatch_)
            return std::nullopt;
        return decoder_.take();
    }

private:
    void feed(std::string& held)
    {
        char const* at = held.data();
        char const* const end = at + held.size();
        wire::token token;
        while (parser_.next(at, end, token) == wire::progress::token)
            take(token);
        EXPECT_EQ(parser_.error(), "");
        held.erase(0, static_cast<std::size_t>(at - held.data()));
    }
    void take(wire::token const& token)
    {
        ended_ = token.ends_frame;
        if (mismatch_)
            return;
        auto const step = decoder_.feed(token, parts_);
        mismatch_ = step == decode_step::mismatch;
        if (!mismatch_)
            EXPECT_EQ(step == decode_step::done, token.ends_frame);
    }

    wire::parser parser_{{.whole = 16}};  // so that longer texts come in parts
    text_assembly parts_;
    decoder<T> decoder_;
    bool mismatch_ = false;
    bool ended_ = false;
};

template <class T>
void expect_decoded(std::string_view bytes, T const& wanted)
{
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
        auto const got = decoding<T>{}.of(bytes, cut);
        ASSERT_TRUE(got.has_value()) << bytes << " cut at " << cut;
        ASSERT_TRUE(*got == wanted) << bytes << " cut at " << cut;
    }
}

template <class T>
void expect_mismatch(std::string_view bytes)
{
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut)
        ASSERT_FALSE(decoding<T>{}.of(bytes, cut).has_value()) << bytes << " cut at " << cut;
}

}  // namespace redstart::command_test
