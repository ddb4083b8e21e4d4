// The `redstart` program: one subcommand each for running the service and for measuring a server.

#include "app/bench.hpp"
#include "app/serve.hpp"
#include "app/serve_config.hpp"
#include "app/version.hpp"
#include "redstart/embedded/server.hpp"

#include <CLI/CLI.hpp>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

namespace {

using namespace redstart::app;

constexpr int usage_error = 2;

int complain(std::string const& why)
{
    std::fprintf(stderr, "redstart: %s\n", why.c_str());
    return usage_error;
}

void add_serve_options(CLI::App& serve, serve_arguments& into)
{
    auto const option = [&serve](char const* name, auto& value, char const* variable,
                                 char const* help) {
        return serve.add_option(name, value, help)->envname(variable);
    };
    option("--listen", into.listen, "REDSTART_LISTEN", "Where to listen: host:port or unix:/path")
        ->capture_default_str();
    option(
        "--redis", into.redis, "REDIS_URL",
        "redis://user:password@host:port/database, rediss:// for TLS, or unix:///path; without it, "
        "a Valkey of its own");
    option("--data-dir", into.data_dir, "REDSTART_DATA_DIR",
           "Where its own Valkey keeps its data [~/.local/state/redstart]");
    option("--threads", into.threads, "REDSTART_THREADS", "Event loops [one per core]")
        ->check(CLI::Range(std::size_t{1}, most_threads));
    option("--rate-limit", into.rate_limit, "REDSTART_RATE_LIMIT",
           "Requests per client in a window, or off")
        ->capture_default_str();
    option("--limiter", into.limiter, "REDSTART_LIMITER",
           "How they are counted: sliding-window, fixed-window, sliding-counter or token-bucket")
        ->capture_default_str();
    option("--score-policy", into.score_policy, "REDSTART_SCORE_POLICY",
           "Which score of a player counts: best, worst, last or sum")
        ->capture_default_str();
    option(
        "--token-file", into.token_file, "REDSTART_TOKEN_FILE",
        "File with the token that clients must show; needed to listen on more than this machine");
    option("--trusted-proxies", into.trusted_proxies, "REDSTART_TRUSTED_PROXIES",
           "Networks whose X-Forwarded-For is believed, such as 10.0.0.0/8 [nobody]")
        ->delimiter(',');
    option("--allowed-hosts", into.allowed_hosts, "REDSTART_ALLOWED_HOSTS",
           "Host names that are answered without a token, besides localhost [none]")
        ->delimiter(',');
    option("--drain", into.drain, "REDSTART_DRAIN", "How long requests may take to end at shutdown")
        ->capture_default_str();
    option("--drain-delay", into.drain_delay, "REDSTART_DRAIN_DELAY",
           "How long /readyz says no at shutdown before connections are refused")
        ->capture_default_str();
    option("--config", into.config, "REDSTART_CONFIG",
           "TOML file with any of these; flags and variables go before it");
}

struct bench_arguments {
    bench_options options;
    std::string redis;
    std::size_t lanes = 1;
};

void add_bench_options(CLI::App& bench, bench_arguments& into)
{
    auto& options = into.options;
    auto const option = [&bench](char const* name, auto& value, char const* help) {
        return bench.add_option(name, value, help)->capture_default_str();
    };
    bench
        .add_option("--redis", into.redis,
                    "URL of the server; without it, a Valkey started for this")
        ->envname("REDIS_URL");
    option("--command", options.command, "What to measure")
        ->check(CLI::IsMember({"get", "set", "incr", "mixed"}));
    option("--concurrency", options.concurrency, "Callers, spread over the threads")
        ->check(CLI::Range(1, 1'000'000));
    option("--batch", options.batch, "Commands per exec")->check(CLI::Range(1, 1'000'000));
    option("--requests", options.requests, "Commands in all")->check(CLI::PositiveNumber);
    option("--keys", options.keys, "Keys, chosen evenly")->check(CLI::Range(1, 100'000'000));
    option("--value-bytes", options.value_bytes, "Size of a value")->check(CLI::Range(1, 64 << 20));
    option("--lanes", into.lanes, "Connections per thread")->check(CLI::Range(1, 64));
    option("--threads", options.threads, "Event loops")->check(CLI::Range(1, 256));
    bench.add_flag("--json", options.json, "One line of JSON");
}

// A folder under a name that nobody can have made before; it goes with what is in it. Not when a signal ends the
// program.
class throw_away_folder {
public:
    throw_away_folder() : path_{make()} {}
    throw_away_folder(throw_away_folder const&) = delete;
    throw_away_folder& operator=(throw_away_folder const&) = delete;
    ~throw_away_folder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    std::filesystem::path const& path() const noexcept { return path_; }

private:
    static std::filesystem::path make()
    {
        auto name = (std::filesystem::temp_directory_path() / "redstart-bench-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr)
            throw std::system_error{errno, std::generic_category(), "no folder for a server"};
        return name;
    }

    std::filesystem::path path_;
};

// A server for one measurement: nothing of it is kept.
class throw_away_server {
public:
    throw_away_server()
        : server_{redstart::embedded::server::start(
              {.data_dir = place_.path(), .extra = {"appendonly no", "save \"\""}})}
    {
    }
    throw_away_server(throw_away_server const&) = delete;
    throw_away_server& operator=(throw_away_server const&) = delete;
    ~throw_away_server() { server_.stop(); }
    std::string socket() const { return server_.socket_path().string(); }

private:
    throw_away_folder place_;
    redstart::embedded::server server_;
};

int bench(bench_arguments& given)
{
    auto& options = given.options;
    if (auto const possible = check(options); !possible)
        return complain(possible.error());
    std::optional<throw_away_server> own;
    if (given.redis.empty()) {
        own.emplace();
        options.server.server = {.host = {}, .port = 0, .unix_path = own->socket()};
    } else {
        auto parsed = redstart::parse_redis_url(given.redis);
        if (!parsed)
            return complain("--redis: " + parsed.error());
        options.server = *std::move(parsed);
    }
    options.server.lanes = given.lanes;
    return run_bench(options);
}

// CLI11 reads a file only for the program as a whole, not for a subcommand, so the file is ours to read.
int serve(CLI::App const& command, serve_arguments& given)
{
    auto const is_given = [&command](std::string_view key) {
        return command.count("--" + std::string{key}) != 0;
    };
    if (is_given("config"))
        if (auto const read = read_config(given.config, is_given, given); !read)
            return complain(read.error());
    auto const options = check(given);
    return options ? run_serve(*options) : complain(options.error());
}

}  // namespace

int main(int argument_count, char** arguments)
{
    spdlog::set_default_logger(spdlog::stderr_color_mt("redstart"));
    CLI::App program{"Redstart: services on Redis or Valkey", "redstart"};
    program.set_version_flag("--version", std::string{version});
    program.require_subcommand(1);
    serve_arguments serve_given;
    bench_arguments bench_given;
    auto* const serve_command = program.add_subcommand(
        "serve", "Run the patterns over HTTP: leaderboard, cache, counters, lock, rate limiter");
    add_serve_options(*serve_command, serve_given);
    auto* const bench_command =
        program.add_subcommand("bench", "Measure a server through the client");
    add_bench_options(*bench_command, bench_given);
    try {
        program.parse(argument_count, arguments);
        return *serve_command ? serve(*serve_command, serve_given) : bench(bench_given);
    } catch (CLI::Success const& asked) {  // --help or --version
        return program.exit(asked);
    } catch (CLI::ParseError const& error) {
        return complain(std::string{error.what()} + " (see redstart --help)");
    } catch (std::exception const& error) {
        std::fprintf(stderr, "redstart: %s\n", error.what());
        return 1;
    }
}
