// A server that plays a script: what it expects to hear, what it answers, when it hangs up.
//
//     scripted_server server;
//     server.plays(script{}.hears("*1\r\n$4\r\nPING\r\n").says("+PO").says("NG\r\n").hangs_up());
//     ... connect to server.endpoint() ...
//     EXPECT_EQ(server.complaints(), "");
//
// The first connection gets the first script, and so on; a connection without one is closed at
// once. What differs from a script is a complaint and closes the connection.

#pragma once

#include "redstart/net/endpoint.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace redstart::testing {

// What happens on one connection, in order.
class script {
public:
    struct step {
        enum class kind : std::uint8_t {
            hears,
            says,
            keeps_saying,
            hears_the_end,
            hangs_up,
            resets
        } what{};
        std::string bytes;
    };

    script& hears(std::string_view bytes) { return add(step::kind::hears, bytes); }
    script& says(std::string_view bytes) { return add(step::kind::says, bytes); }
    // Says them one by one, each as a packet of its own.
    script& says_slowly(std::string_view bytes)
    {
        for (auto const& byte : bytes)
            says({&byte, 1});
        return *this;
    }
    // Says them every few milliseconds until the peer says something.
    script& keeps_saying(std::string_view bytes) { return add(step::kind::keeps_saying, bytes); }
    // Waits until the peer closes, and complains about every byte before that.
    script& hears_the_end() { return add(step::kind::hears_the_end, {}); }
    script& hangs_up() { return add(step::kind::hangs_up, {}); }
    script& resets() { return add(step::kind::resets, {}); }

    std::vector<step> const& steps() const noexcept { return steps_; }

private:
    script& add(step::kind what, std::string_view bytes)
    {
        steps_.push_back({what, std::string{bytes}});
        return *this;
    }

    std::vector<step> steps_;
};

// Listens on a free port of 127.0.0.1. Any thread.
class scripted_server {
public:
    scripted_server();
    scripted_server(scripted_server const&) = delete;
    scripted_server& operator=(scripted_server const&) = delete;
    ~scripted_server();  // connections end

    net::endpoint endpoint() const;
    std::string url() const;

    // Plays `next` on the next connection that has no script yet. A script that has ended leaves
    // its connection open until the server ends, unless it hangs up.
    void plays(script next);

    // Waits until all scripts have been played to their ends, and gives what went wrong: empty if
    // nothing did. A script that nobody connects to is a complaint, too.
    std::string complaints();

    std::uint64_t accepted() const;  // connections, with or without a script

private:
    class stage;
    std::unique_ptr<stage> stage_;
};

}  // namespace redstart::testing
