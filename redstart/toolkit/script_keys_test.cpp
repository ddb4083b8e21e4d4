// Every script touches only the keys that it is given, all in one slot; and there is no script of which that is not
// known. Valkey is watched while all tests of this program run on it, and at the end each call of a script is judged.

#include "redstart/command/scripting.hpp"
#include "redstart/toolkit/on_servers_test.hpp"
#include "redstart/toolkit/script_record_test.hpp"

#include <gmock/gmock.h>

#include <stdexcept>
#include <thread>

namespace redstart::toolkit::script_tests {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A connection that records what a server is asked, on a thread of its own.
class watch {
public:
    explicit watch(testing::server_fixture& server) : server_{server}, peer_{begin(server)} {}
    ~watch()
    {
        if (reader_.joinable())
            end();
    }

    // What was recorded until now; to be called once.
    script_record end()
    {
        server_.connect().ask({"ECHO", the_end});
        reader_.join();
        return std::move(record_);
    }

private:
    static testing::plain_peer begin(testing::server_fixture& server)
    {
        auto peer = server.connect();
        peer.ask({"MONITOR"});
        return peer;
    }

    // Tests close the connection with all others of the server, and the next one, too, before it has asked.
    static testing::plain_peer begin_anew(testing::server_fixture& server)
    {
        for (int left = 1000; left > 1; --left)
            try {
                return begin(server);
            } catch (std::runtime_error const&) {
                // It was closed.
            }
        return begin(server);
    }

    void read()
    {
        while (!ended_) {
            if (!testing::readable_within(peer_.number(), testing::patience))
                continue;
            auto const came = peer_.receive_available(1 << 16);
            if (came.empty()) {
                peer_ = begin_anew(server_);
                part_.clear();
                record_.lose_track();
            }
            take(came);
        }
    }

    void take(std::string_view came)
    {
        for (auto end = came.find('\n'); end != std::string_view::npos; end = came.find('\n')) {
            part_.append(came.substr(0, end));
            ended_ = ended_ || part_.contains(the_end);
            record_.note(part_);
            part_.clear();
            came.remove_prefix(end + 1);
        }
        part_.append(came);
    }

    static constexpr std::string_view the_end = "the end of what is recorded";

    testing::server_fixture& server_;
    testing::plain_peer peer_;
    std::string part_;  // of a line
    script_record record_;
    bool ended_ = false;
    std::thread reader_{[this] { read(); }};
};

std::vector<std::string> judged(script_record const& record)
{
    runtime loops{{.loops = 1}};
    client_options options;
    options.server = server_of(server_kind::cluster).unix_socket();
    client node{loops, options};
    auto faults = loops.run(faults_of(record, node));
    loops.run(node.stop());
    return faults;
}

// Not those of a filter or a shard.
bool all_tests_run()
{
    auto const& all = *::testing::UnitTest::GetInstance();
    return all.test_to_run_count() + all.disabled_test_count() == all.total_test_count();
}

class every_script : public ::testing::Environment {
    void SetUp() override { watch_.emplace(server_of(server_kind::valkey)); }

    void TearDown() override
    {
        auto const record = watch_->end();
        EXPECT_THAT(judged(record), IsEmpty());
        if (all_tests_run())
            EXPECT_THAT(never_executed(lua_under(REDSTART_TOOLKIT_FOLDER), record), IsEmpty());
    }

    std::optional<watch> watch_;
};

auto* const registered = ::testing::AddGlobalTestEnvironment(new every_script);

// The servers of the other tests are watched: what is planted here must not be seen there.
class script_keys_test : public ::testing::Test {
protected:
    script_record record_of(std::initializer_list<std::string_view> asked)
    {
        watch seen{server};
        EXPECT_EQ(server.connect().ask(asked).front(), ':');
        return seen.end();
    }

    testing::server_fixture server;
};

TEST_F(script_keys_test, are_right_if_they_are_declared)
{
    auto const record = record_of({"EVAL",
                                   "redis.call('TIME') redis.call('SET', KEYS[1], '\"\\1')"
                                   "return redis.call('DEL', KEYS[1], KEYS[2])",
                                   "2", "{a}\n\"\x01:1", "{a}:2"});
    ASSERT_EQ(record.calls().size(), 1u);
    EXPECT_EQ(record.calls().begin()->second.size(), 3u);
    EXPECT_EQ(record.calls().begin()->first.at(3), "{a}\n\"\x01:1");
    EXPECT_THAT(judged(record), IsEmpty());
}

TEST_F(script_keys_test, are_wrong_if_one_is_not_declared)
{
    auto const record =
        record_of({"EVAL", "return redis.call('DEL', KEYS[1], KEYS[1] .. ':more')", "1", "{a}:1"});
    EXPECT_THAT(judged(record), ElementsAre(HasSubstr("DEL {a}:1 {a}:1:more touches a key")));
}

TEST_F(script_keys_test, are_wrong_if_they_lie_in_two_slots)
{
    auto const record =
        record_of({"EVAL", "return redis.call('DEL', KEYS[1])", "2", "{a}:1", "{b}:1"});
    EXPECT_THAT(judged(record), ElementsAre(HasSubstr("keys of two slots: EVALSHA")));
}

TEST_F(script_keys_test, are_wrong_if_the_script_looks_at_all_there_are)
{
    auto const record = record_of({"EVAL", "return #redis.call('KEYS', '*')", "0"});
    EXPECT_THAT(judged(record), ElementsAre(HasSubstr("KEYS * names no key")));
}

TEST_F(script_keys_test, are_not_known_of_a_script_that_no_test_executed)
{
    constexpr std::string_view source = R"source(
// As redis.call('GET', KEYS[1]) would.
auto const used = R"(return redis.call('DEL', KEYS[1]))";
auto const forgotten = R"(
return redis.call('GET', KEYS[1])
)";
auto const sql = R"(select)";
)source";
    auto const record = record_of({"EVAL", "return redis.call('DEL', KEYS[1])", "1", "a"});
    EXPECT_THAT(never_executed(lua_in(source, "some.cpp"), record), ElementsAre("some.cpp:4"));
    EXPECT_THROW(lua_in("x = \"redis.call('GET', 'a')\";", "some.cpp"), std::runtime_error);
}

}  // namespace
}  // namespace redstart::toolkit::script_tests
