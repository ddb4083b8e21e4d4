#include "redstart/net/stream.hpp"

#include "redstart/net/listener.hpp"
#include "redstart/net/probe_test.hpp"
#include "redstart/testing/plain_peer.hpp"
#include "redstart/testing/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <filesystem>
#include <future>
#include <vector>

namespace redstart::net_test {
namespace {

using namespace std::chrono_literals;
using net::endpoint;
using net::stream;
using testing::plain_peer;

enum class transport : std::uint8_t { tcp, unix_socket, tls };

std::string name_of(transport which)
{
    constexpr std::array names{"tcp", "unix_socket", "tls"};
    return names.at(static_cast<std::size_t>(which));
}

// A stream on the only loop, connected to a plain socket.
class every_stream : public ::testing::TestWithParam<transport> {
protected:
    every_stream()
    {
        if (GetParam() != transport::tls)
            return;
        testing::certificate_authority const authority{folder.path(), "authority"};
        own = authority.issue("server");
        tls = {.enabled = true, .ca_file = authority.file()};
    }
    task<stream> connected(net::stream_options options = {})
    {
        // on another thread, because the handshake of TLS has two sides
        auto accepted = std::async(std::launch::async, [this] {
            auto made = testing::accept_peer(listening);
            if (GetParam() == transport::tls)
                made.begin_tls(*own);
            return made;
        });
        auto made = co_await net::connect(home(), at, options, tls);
        peer = accepted.get();
        co_return made;
    }
    loop& home() { return loops.at(0); }
    template <class Body>
    void run(Body body)
    {
        loops.run(body());
    }

    testing::temporary_folder folder;
    endpoint at = GetParam() != transport::unix_socket
                      ? endpoint{.host = "127.0.0.1", .port = 0, .unix_path = {}}
                      : endpoint{.host = {}, .port = 0, .unix_path = folder.path() / "s"};
    std::optional<testing::certificate> own;
    net::tls_options tls;
    testing::descriptor listening = testing::listen_at(at);
    plain_peer peer{testing::descriptor{}};
    runtime loops{{.loops = 1}};
    recorder heard;
};

INSTANTIATE_TEST_SUITE_P(transports, every_stream,
                         ::testing::Values(transport::tcp, transport::unix_socket, transport::tls),
                         [](auto const& which) { return name_of(which.param); });

TEST_P(every_stream, reads_and_writes)
{
    run([&]() -> task<> {
        auto open = co_await connected();
        open.start(heard);
        EXPECT_EQ(open.write_some("hello"), 5u);
        EXPECT_EQ(peer.receive(5), "hello");
        peer.send("hi");
        co_await heard.until_received(2);
        EXPECT_EQ(heard.received, "hi");
        EXPECT_FALSE(heard.closed);
    });
}

TEST_P(every_stream, reads_more_than_its_buffer_holds)
{
    run([&]() -> task<> {
        auto open = co_await connected();
        open.start(heard);
        std::string const much(100'000, 'x');
        peer.send(much);
        co_await heard.until_received(much.size());
        EXPECT_EQ(heard.received, much);
        EXPECT_GT(heard.reads, 20u);
    });
}

// Bytes that differ everywhere, so that none can be lost or doubled unseen.
std::string numbered_bytes(std::size_t size)
{
    std::string bytes;
    for (std::size_t i = 0; bytes.size() < size; ++i)
        bytes += std::to_string(i) + ' ';
    return bytes;
}

TEST_P(every_stream, takes_what_the_socket_takes_and_says_when_it_can_take_more)
{
    run([&]() -> task<> {
        auto open = co_await connected();
        open.start(heard);
        auto const much = numbered_bytes(6'000'000);
        auto sent = open.write_some(much);
        EXPECT_LT(sent, much.size()) << "more than any socket buffer";
        EXPECT_EQ(open.write_some(std::string_view{much}.substr(sent, 1'000'000)), 0u);
        co_await a_few_turns();
        EXPECT_EQ(heard.writables, 0u) << "nobody has read yet";
        std::string got;
        while (got.size() < much.size()) {
            got += peer.receive_available(1'000'000);
            sent += open.write_some(std::string_view{much}.substr(sent));
        }
        EXPECT_TRUE(got == much);
        co_await until(heard.changed, [this] { return heard.writables > 0; });
    });
}

TEST_P(every_stream, gathers_any_number_of_parts)
{
    run([&]() -> task<> {
        auto open = co_await connected();
        open.start(heard);
        std::vector<std::string> texts;
        std::string all;
        for (int i = 0; i < 300; ++i)
            all += texts.emplace_back(i % 7 == 0 ? "" : std::to_string(i));
        std::vector<std::string_view> const parts(texts.begin(), texts.end());
        EXPECT_EQ(open.write_some(parts), all.size());
        EXPECT_EQ(peer.receive(all.size()), all);
        EXPECT_EQ(open.write_some(std::span<std::string_view const>{}), 0u);
        EXPECT_EQ(open.write_some(""), 0u);
    });
}

TEST_P(every_stream, tells_of_the_end_after_the_last_byte)
{
    run([&]() -> task<> {
        auto open = co_await connected();
        peer.send("last words");
        peer.close();
        open.start(heard);
        co_await heard.until_closed();
        EXPECT_EQ(heard.received, "last words");
        EXPECT_EQ(*heard.closed, "") << "an orderly end has no reason";
    });
}

TEST_P(every_stream, may_go_on_writing_after_the_peer_said_its_last_word)
{
    run([&]() -> task<> {
        auto open = co_await connected();
        heard.goes_on_after_the_end = true;
        open.start(heard);
        peer.send("question");
        peer.shut_down_sending();
        co_await until(heard.changed, [this] { return heard.ends != 0; });
        open.pause_reading();
        open.resume_reading();
        co_await a_few_turns();
        EXPECT_EQ(heard.received, "question");
        EXPECT_EQ(heard.ends, 1u) << "told once";
        EXPECT_FALSE(heard.closed);
        EXPECT_EQ(open.write_some("answer"), 6u);
        EXPECT_EQ(peer.receive(6), "answer");
        peer.close();
        co_await a_few_turns();
        while (!heard.closed) {
            open.write_some("for nobody");
            co_await a_few_turns();
        }
        EXPECT_NE(*heard.closed, "") << "which only writing finds out";
    });
}

TEST_P(every_stream, goes_on_reading_after_it_said_its_last_word)
{
    run([&]() -> task<> {
        auto open = co_await connected();
        open.start(heard);
        open.write_some("question");
        open.shut_down_sending();
        EXPECT_EQ(peer.receive_rest(), "question");
        peer.send("answer");
        co_await heard.until_received(6);
        EXPECT_FALSE(heard.closed);
    });
}

TEST_P(every_stream, knows_what_was_not_taken_by_the_peer)
{
    run([&]() -> task<> {
        auto open = co_await connected();
        open.start(heard);
        EXPECT_EQ(open.unacknowledged(), 0u);
        std::string const much(8'000'000, 'x');
        auto const sent = open.write_some(much);
        EXPECT_LT(sent, much.size());
        EXPECT_GT(open.unacknowledged(), 0u);
        for (std::size_t got = 0; got < sent;) {
            got += peer.receive_available(sent - got).size();
            co_await sleep_for(1ms);  // TLS: the rest of a record may still wait on this side
        }
        while (open.unacknowledged() != 0)
            co_await sleep_for(1ms);
    });
}

TEST_P(every_stream, reports_a_failed_write_later_and_takes_nothing)
{
    run([&]() -> task<> {
        auto open = co_await connected();
        open.start(heard);
        open.shut_down_sending();
        EXPECT_EQ(open.write_some("into the void"), 0u);
        EXPECT_FALSE(heard.closed) << "not from inside the write";
        EXPECT_EQ(open.write_some("more"), 0u);
        co_await heard.until_closed();
        EXPECT_NE(*heard.closed, "");
        EXPECT_EQ(open.write_some("still"), 0u);
        co_await a_few_turns();
        EXPECT_EQ(heard.writables, 0u);
    });
}

// Both operations come back in one turn. The write fails first, and the handler must not be called
// with what was read.
TEST_P(every_stream, is_silent_after_the_end_though_a_read_succeeded_in_the_same_turn)
{
    run([&]() -> task<> {
        auto open = co_await connected();
        open.start(heard);
        co_await a_few_turns();  // the read waits
        open.shut_down_sending();
        open.write_some("fails");
        peer.send("arrives");
        co_await heard.until_closed();
        auto const before = heard.received;
        co_await a_few_turns();
        EXPECT_EQ(heard.received, before);
    });
}

TEST_P(every_stream, calls_nobody_after_close)
{
    run([&]() -> task<> {
        auto open = co_await connected();
        open.start(heard);
        open.write_some(std::string(6'000'000, 'x'));
        peer.send("too late");
        open.close();
        EXPECT_FALSE(open);
        co_await a_few_turns();
        EXPECT_EQ(heard.reads + heard.writables, 0u);
        EXPECT_FALSE(heard.closed);
    });
}

TEST_P(every_stream, may_be_closed_from_each_callback)
{
    run([&]() -> task<> {
        for (auto const callback :
             {&recorder::when_read, &recorder::when_writable, &recorder::when_closed}) {
            recorder own;
            auto open = co_await connected();
            open.start(own);
            own.*callback = [&open] { open.close(); };
            peer.send("x");
            open.write_some(std::string(6'000'000, 'x'));
            co_await a_few_turns();
            while (callback == &recorder::when_writable && open) {
                peer.receive_available(1'000'000);
                co_await sleep_for(1ms);
            }
            peer.close();
            co_await until(own.changed, [&open] { return !open; });
            co_await a_few_turns();
            EXPECT_LE(own.reads, 1u);
        }
    });
}

TEST_P(every_stream, may_be_destroyed_from_a_callback)
{
    run([&]() -> task<> {
        auto open = std::make_unique<stream>(co_await connected());
        open->start(heard);
        heard.when_read = [&open] { open.reset(); };
        peer.send("x");
        co_await heard.until_received(1);
        EXPECT_EQ(peer.receive_rest(), "");
    });
}

TEST_P(every_stream, reads_nothing_while_it_is_paused)
{
    run([&]() -> task<> {
        auto open = co_await connected();
        open.start(heard);
        co_await a_few_turns();  // a read waits already when the pause begins
        open.pause_reading();
        peer.send("held ");
        co_await a_few_turns();
        EXPECT_EQ(heard.received, "");
        peer.send("back");
        open.resume_reading();
        EXPECT_EQ(heard.received, "") << "not from inside resume_reading()";
        co_await heard.until_received(9);
        EXPECT_EQ(heard.received, "held back");
    });
}

TEST_P(every_stream, may_be_paused_and_resumed_at_any_moment)
{
    run([&]() -> task<> {
        auto open = co_await connected();
        auto const sent = numbered_bytes(60'000);
        heard.when_read = [&] {
            open.pause_reading();
            open.resume_reading();
            open.pause_reading();
        };
        open.start(heard);
        peer.send(sent);
        while (heard.received.size() < sent.size()) {
            auto const before = heard.reads;
            open.resume_reading();
            open.pause_reading();
            open.resume_reading();
            co_await until(heard.changed, [&] { return heard.reads > before; });
            EXPECT_EQ(heard.reads, before + 1);
        }
        EXPECT_TRUE(heard.received == sent);
    });
}

TEST_P(every_stream, tells_of_the_end_though_it_is_paused_only_after_what_came_before)
{
    run([&]() -> task<> {
        auto open = co_await connected();
        open.start(heard);
        co_await a_few_turns();
        open.pause_reading();
        peer.send("first");
        peer.close();
        co_await a_few_turns();
        EXPECT_FALSE(heard.closed);
        open.resume_reading();
        co_await heard.until_closed();
        EXPECT_EQ(heard.received, "first");
    });
}

TEST_P(every_stream, closes_what_it_held_when_another_is_assigned)
{
    run([&]() -> task<> {
        auto first = co_await connected();
        auto const first_peer = std::make_unique<plain_peer>(std::move(peer));
        auto second = co_await connected();
        first = std::move(second);
        EXPECT_EQ(first_peer->receive_rest(), "");
        EXPECT_TRUE(first);
        EXPECT_FALSE(second);  // NOLINT(bugprone-use-after-move): that is what is asked
        first.start(heard);
        peer.send("x");
        co_await heard.until_received(1);
    });
}

TEST_P(every_stream, knows_its_peer)
{
    run([&]() -> task<> {
        auto open = co_await connected();
        bool const is_tcp = GetParam() != transport::unix_socket;
        EXPECT_EQ(open.peer_address(), is_tcp ? "127.0.0.1" : "");
        EXPECT_EQ(open.peer_port(), is_tcp ? at.port : 0);
        co_return;
    });
}

class tls_stream : public every_stream {};
INSTANTIATE_TEST_SUITE_P(alone, tls_stream, ::testing::Values(transport::tls));

// Otherwise whoever sits in between could pass a part for the whole.
TEST_P(tls_stream, knows_a_cut_from_an_end)
{
    run([&]() -> task<> {
        auto open = co_await connected();
        heard.goes_on_after_the_end = true;
        open.start(heard);
        peer.send("the first half");
        peer.cut_off();
        co_await heard.until_closed();
        EXPECT_EQ(heard.received, "the first half");
        EXPECT_EQ(*heard.closed, "TLS: the connection was cut off: it ended without a goodbye");
        EXPECT_EQ(heard.ends, 0u);
    });
}

TEST_P(tls_stream, ends_when_what_comes_was_tampered_with)
{
    run([&]() -> task<> {
        auto open = co_await connected();
        open.start(heard);
        peer.send("whole");
        co_await heard.until_received(5);
        plain_peer beside{peer.release()};
        beside.send("this is no record");
        co_await heard.until_closed();
        EXPECT_TRUE(heard.closed->starts_with("TLS: ")) << *heard.closed;
        EXPECT_EQ(heard.received, "whole");
    });
}

TEST_P(tls_stream, tells_the_peer_that_it_ends)
{
    run([&]() -> task<> {
        auto open = co_await connected();
        open.start(heard);
        open.write_some("last words");
        open.close();
        EXPECT_EQ(peer.receive_rest(), "last words") << "a cut would have thrown";
        co_return;
    });
}

// The end waits for what is encrypted already.
TEST_P(tls_stream, says_its_last_word_behind_what_the_socket_has_not_taken_yet)
{
    run([&]() -> task<> {
        auto open = co_await connected();
        open.start(heard);
        auto const much = numbered_bytes(6'000'000);
        auto const sent = open.write_some(much);
        EXPECT_LT(sent, much.size());
        open.shut_down_sending();
        std::string got;
        while (got.size() < sent) {
            got += peer.receive_available(1'000'000);
            co_await sleep_for(1ms);
        }
        EXPECT_TRUE(got == much.substr(0, sent));
        EXPECT_EQ(peer.receive_rest(), "");
    });
}

TEST_P(tls_stream, goes_on_when_the_peer_changes_its_keys)
{
    run([&]() -> task<> {
        auto open = co_await connected();
        open.start(heard);
        for (int i = 0; i < 3; ++i) {
            // and wants ours changed, which is answered without anybody writing
            peer.change_keys();
            peer.send("new");
            co_await heard.until_received(3 * static_cast<std::size_t>(i + 1));
            EXPECT_EQ(open.write_some("keys"), 4u);
            EXPECT_EQ(peer.receive(4), "keys");
        }
    });
}

class tcp_stream : public every_stream {};
INSTANTIATE_TEST_SUITE_P(alone, tcp_stream, ::testing::Values(transport::tcp));

TEST_P(tcp_stream, gives_the_reason_of_a_reset)
{
    run([&]() -> task<> {
        auto open = co_await connected();
        open.start(heard);
        peer.reset();
        co_await heard.until_closed();
        EXPECT_EQ(*heard.closed, "Connection reset by peer");
    });
}

// What the kernel says about one end of a TCP connection of this process. The end is told by the port of its peer,
// because a stream does not give its descriptor away.
class options_of_socket {
public:
    explicit options_of_socket(std::uint16_t peer_port)
    {
        for (auto const& entry : std::filesystem::directory_iterator{"/proc/self/fd"}) {
            auto const number = std::stoi(entry.path().filename());
            sockaddr_in peer{};
            socklen_t size = sizeof peer;
            auto* const any = reinterpret_cast<sockaddr*>(&peer);
            if (::getpeername(number, any, &size) == 0 && peer.sin_family == AF_INET &&
                ntohs(peer.sin_port) == peer_port)
                found_.push_back(number);
        }
        EXPECT_EQ(found_.size(), 1u);
    }

    int get(int level, int name) const
    {
        int value = -1;
        socklen_t size = sizeof value;
        EXPECT_EQ(::getsockopt(found_.at(0), level, name, &value, &size), 0);
        return value;
    }
    int tcp(int name) const { return get(IPPROTO_TCP, name); }

private:
    std::vector<int> found_;
};

void expect_defaults(options_of_socket const& kernel)
{
    EXPECT_EQ(kernel.tcp(TCP_NODELAY), 1);
    EXPECT_EQ(kernel.get(SOL_SOCKET, SO_KEEPALIVE), 1);
    EXPECT_EQ(kernel.tcp(TCP_KEEPIDLE), 30);
    EXPECT_EQ(kernel.tcp(TCP_KEEPINTVL), 5);
    EXPECT_EQ(kernel.tcp(TCP_KEEPCNT), 3);
}

TEST_P(tcp_stream, tells_the_kernel_its_options)
{
    run([&]() -> task<> {
        auto const usual = co_await connected();
        options_of_socket const kernel{at.port};
        expect_defaults(kernel);
        EXPECT_EQ(kernel.tcp(TCP_USER_TIMEOUT), 30'000);
    });
    run([&]() -> task<> {
        auto const chosen = co_await net::connect(home(), at,
                                                  {.keepalive_idle = 1500ms,
                                                   .keepalive_interval = 7s,
                                                   .keepalive_probes = 4,
                                                   .user_timeout = 1234567us});
        options_of_socket const kernel{at.port};
        EXPECT_EQ(kernel.tcp(TCP_KEEPIDLE), 2) << "whole seconds, rounded up";
        EXPECT_EQ(kernel.tcp(TCP_KEEPINTVL), 7);
        EXPECT_EQ(kernel.tcp(TCP_KEEPCNT), 4);
        EXPECT_EQ(kernel.tcp(TCP_USER_TIMEOUT), 1235) << "whole milliseconds, rounded up";
    });
}

TEST_P(tcp_stream, leaves_to_the_kernel_what_it_is_told_to_leave)
{
    run([&]() -> task<> {
        auto const plain = co_await net::connect(
            home(), at, {.no_delay = false, .keepalive_idle = 0s, .user_timeout = 0s});
        options_of_socket const kernel{at.port};
        EXPECT_EQ(kernel.tcp(TCP_NODELAY), 0);
        EXPECT_EQ(kernel.get(SOL_SOCKET, SO_KEEPALIVE), 0);
        EXPECT_EQ(kernel.tcp(TCP_USER_TIMEOUT), 0);
    });
}

TEST(an_accepted_stream, tells_the_kernel_its_options)
{
    runtime loops{{.loops = 1}};
    loops.run([](loop& home) -> task<> {
        net::listener door{home, {.host = "127.0.0.1", .port = 0, .unix_path = {}}};
        event arrived;
        stream accepted;
        door.start([&](stream came) {
            accepted = std::move(came);
            arrived.set();
        });
        plain_peer const caller{door.address()};
        co_await within(patience, wait_for(arrived));
        options_of_socket const kernel{accepted.peer_port()};
        expect_defaults(kernel);
        EXPECT_EQ(kernel.tcp(TCP_USER_TIMEOUT), 0);
    }(loops.at(0)));
}

TEST(no_stream, is_false)
{
    stream const none;
    EXPECT_FALSE(none);
}

}  // namespace
}  // namespace redstart::net_test
