// hiredis, used as its own manual shows: commands are appended, written, and their replies read, `depth` at a time.
//
// A reply is taken as hiredis gives it: nothing is decoded further, or compared. Its kind is looked at, so that an
// error ends the run. Prints one line of JSON with the names of `redstart bench`.

#include "app/bench_keys.hpp"
#include "app/latency_tally.hpp"

#include <CLI/CLI.hpp>

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <hiredis.h>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace redstart::app;
using clock_type = std::chrono::steady_clock;

struct settings {
    int port = 6379;
    std::string command = "get";  // get, set, incr or mixed: nine get to one set
    std::uint64_t requests = 100'000;
    std::size_t depth = 50;  // commands that leave together, over all connections
    std::size_t connections = 1;
    std::uint64_t keys = 100'000;
    std::size_t value_bytes = 64;
};

struct closes {
    void operator()(redisContext* open) const noexcept { redisFree(open); }
};
using connection = std::unique_ptr<redisContext, closes>;

struct frees {
    void operator()(void* reply) const noexcept { freeReplyObject(reply); }
};
using reply = std::unique_ptr<redisReply, frees>;

connection connected_to(int port)
{
    connection made{redisConnect("127.0.0.1", port)};
    if (!made || made->err != 0)
        throw std::runtime_error{made ? made->errstr : "no memory"};
    return made;
}

class load {
public:
    explicit load(settings const& asked) : asked_{asked}, value_(asked.value_bytes, 'v')
    {
        for (std::size_t i = 0; i < asked.connections; ++i)
            connections_.push_back(connected_to(asked.port));
    }

    // Sends the next `count` commands, over all connections, and takes their replies.
    void round(std::uint64_t count)
    {
        auto const among = connections_.size();
        auto const share = [&](std::size_t i) { return count / among + (i < count % among); };
        auto const began = clock_type::now();
        for (std::size_t i = 0; i < among; ++i)
            append(*connections_[i], share(i));
        for (auto const& each : connections_)
            write_all(*each);
        for (std::size_t i = 0; i < among; ++i)
            take_replies(*connections_[i], share(i), began);
    }

    latency_tally const& latency() const noexcept { return latency_; }

private:
    void append(redisContext& on, std::uint64_t count)
    {
        for (std::uint64_t i = 0; i < count; ++i)
            append_one(on, numbers_.next() % asked_.keys);
    }

    void append_one(redisContext& on, std::uint64_t number)
    {
        auto const key = key_.of(number);
        auto const& asked = asked_.command;
        auto const sets = asked == "set" || (asked == "mixed" && mixed_sets(number));
        std::string_view const name = asked == "incr" ? "INCR" : sets ? "SET" : "GET";
        std::array words{name.data(), key.data(), value_.c_str()};
        std::array sizes{name.size(), key.size(), value_.size()};
        if (redisAppendCommandArgv(&on, sets ? 3 : 2, words.data(), sizes.data()) != REDIS_OK)
            throw std::runtime_error{on.errstr};
    }

    static void write_all(redisContext& on)
    {
        for (int done = 0; done == 0;)
            if (redisBufferWrite(&on, &done) != REDIS_OK)
                throw std::runtime_error{on.errstr};
    }

    // As redisGetReply() does it. The clock is read once for all replies that came with one read.
    void take_replies(redisContext& on, std::uint64_t count, clock_type::time_point began)
    {
        while (count > 0) {
            if (redisBufferRead(&on) != REDIS_OK)
                throw std::runtime_error{on.errstr};
            auto const came = take_read(on);
            latency_.record(clock_type::now() - began, came);
            count -= came;
        }
    }

    static std::uint64_t take_read(redisContext& on)
    {
        for (std::uint64_t came = 0;; ++came) {
            void* next = nullptr;
            if (redisReaderGetReply(on.reader, &next) != REDIS_OK)
                throw std::runtime_error{on.reader->errstr};
            if (next == nullptr)
                return came;
            reply const got{static_cast<redisReply*>(next)};
            if (got->type == REDIS_REPLY_ERROR || got->type == REDIS_REPLY_NIL)
                throw std::runtime_error{"a reply was an error, or nothing"};
        }
    }

    settings const& asked_;
    std::string value_;
    std::vector<connection> connections_;
    bench_key key_{prefix_for(asked_.command), asked_.keys};
    bench_numbers numbers_{std::random_device{}()};
    latency_tally latency_;
};

double cpu_seconds()
{
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    auto const seconds = [](timeval t) { return double(t.tv_sec) + double(t.tv_usec) * 1e-6; };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

void measure(settings const& asked)
{
    load made{asked};
    auto const cpu_before = cpu_seconds();
    auto const began = clock_type::now();
    for (std::uint64_t left = asked.requests; left > 0;) {
        auto const count = std::min<std::uint64_t>(left, asked.depth);
        made.round(count);
        left -= count;
    }
    auto const took = std::chrono::duration<double>(clock_type::now() - began).count();
    auto const requests = static_cast<double>(asked.requests);
    auto const& latency = made.latency();
    std::printf("{\"ops_per_s\":%.0f,\"cpu_us_per_op\":%.4f,\"p50_us\":%.1f,\"p90_us\":%.1f,"
                "\"p99_us\":%.1f,\"p999_us\":%.1f,\"max_us\":%.1f}\n",
                requests / took, (cpu_seconds() - cpu_before) * 1e6 / requests,
                latency.quantile_us(0.5), latency.quantile_us(0.9), latency.quantile_us(0.99),
                latency.quantile_us(0.999), latency.largest_us());
}

}  // namespace

int main(int count, char** arguments)
{
    settings asked;
    CLI::App program{"Measures a server through hiredis", "bench_hiredis_peer"};
    program.add_option("--port", asked.port)->required();
    program.add_option("--command", asked.command)
        ->check(CLI::IsMember({"get", "set", "incr", "mixed"}));
    program.add_option("--requests", asked.requests)->check(CLI::PositiveNumber);
    program.add_option("--depth", asked.depth)->check(CLI::PositiveNumber);
    program.add_option("--connections", asked.connections)->check(CLI::PositiveNumber);
    program.add_option("--keys", asked.keys)->check(CLI::PositiveNumber);
    program.add_option("--value-bytes", asked.value_bytes)->check(CLI::PositiveNumber);
    try {
        program.parse(count, arguments);
        measure(asked);
        return 0;
    } catch (CLI::ParseError const& error) {
        return program.exit(error);
    } catch (std::exception const& error) {
        return std::fprintf(stderr, "bench_hiredis_peer: %s\n", error.what()), 1;
    }
}
