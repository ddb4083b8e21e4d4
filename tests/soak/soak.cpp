// Random traffic through proxies that break something all the time, for as many commands as are wanted:
//
//     soak [--commands N] [--seconds S] [--seed X]
//
// It ends sooner when the time is over. What must hold is in judge(), and the last line counts that. A seed makes the
// same choices again, though not at the same moments.

#include "tests/soak/command_line.hpp"
#include "tests/soak/crowd.hpp"
#include "tests/soak/troublemaker.hpp"
#include "tests/soak/verdict.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <iomanip>
#include <iostream>
#include <limits>
#include <random>

namespace redstart::soak {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;
using testing::fault_proxy;

constexpr std::size_t loop_count = 2;
constexpr std::size_t callers_per_client = 32;
constexpr std::size_t callers_of_nobody = 4;

client_options impatient(net::endpoint const& at)
{
    client_options options;
    options.server = at;
    options.command_timeout = 250ms;
    options.dial_timeout = 500ms;
    options.reconnect = {.first = 1ms, .limit = 10ms};
    options.subscription_check = 100ms;
    return options;
}

client_options with_resp2_and_lanes(client_options options)
{
    options.login.resp3 = false;
    options.lanes = 2;
    options.retry.attempts = 0;
    return options;
}

client_options with_little_room(client_options options)
{
    options.in_flight = {.commands = 120, .bytes = 100'000};
    return options;
}

// What a soak consists of, and what came of it.
struct course {
    explicit course(std::int64_t commands) : wanted{commands}
    {
        for (int i = 0; i < 3; ++i)
            proxies.push_back(std::make_unique<fault_proxy>(server.unix_socket()));
        nowhere.swallow();
    }

    testing::server_fixture server;
    std::vector<std::unique_ptr<fault_proxy>> proxies;
    fault_proxy nowhere{server.unix_socket()};  // forwards nothing
    std::int64_t wanted;
    journal shared{wanted};
    journal of_nobody{std::numeric_limits<std::int64_t>::max()};
    crowd callers{shared};
    crowd heard_by_nobody{of_nobody};
    std::map<std::string_view, std::int64_t> faults;
    std::uint64_t connections = 0;
    clock::duration took{};
};

void run(course& all, std::chrono::seconds limit, std::uint64_t seed)
{
    runtime loops{{.loops = loop_count}};
    client plain{loops, impatient(all.proxies[0]->endpoint())};
    client with_lanes{loops, with_resp2_and_lanes(impatient(all.proxies[1]->endpoint()))};
    client narrow{loops, with_little_room(impatient(all.proxies[2]->endpoint()))};
    client unheard{loops, impatient(all.nowhere.endpoint())};

    auto const began = clock::now();
    troublemaker trouble{{all.server, all.proxies}, seed};
    all.callers.add(plain, "plain", callers_per_client, seed + 1000);
    all.callers.add(with_lanes, "lanes", callers_per_client, seed + 2000);
    all.callers.add(narrow, "narrow", callers_per_client, seed + 3000);
    all.heard_by_nobody.add(unheard, "unheard", callers_of_nobody, seed + 4000);
    all.callers.await_end(began + limit);
    all.heard_by_nobody.await_end(clock::now());
    all.took = clock::now() - began;
    trouble.stop();
    all.faults = trouble.counts();
    for (auto* const each : {&plain, &with_lanes, &narrow, &unheard})
        loops.run(each->stop(1s));
    for (auto const& each : all.proxies)
        all.connections += each->accepted();
}

// Whatever was still on its way to the server has arrived when nobody but us is connected.
void await_silence(course& all)
{
    all.proxies.clear();
    auto peer = all.server.connect();
    auto const until = clock::now() + testing::patience;
    while (std::ranges::count(peer.ask({"CLIENT", "LIST"}), '\n') > 1 && clock::now() < until) {}
}

std::vector<queue_oracle::element> elements_of(testing::plain_peer& peer, std::string const& list)
{
    std::vector<queue_oracle::element> all(
        std::stoul(peer.ask({"LRANGE", list, "0", "-1"}).substr(1)));
    for (auto& each : all) {
        peer.receive_line();  // its size
        each = std::stoull(peer.receive_line());
    }
    return all;
}

void compare_with_server(course& all)
{
    auto peer = all.server.connect();
    auto const held = [&peer](std::string const& key) -> std::optional<std::string> {
        if (peer.ask({"EXISTS", key}) == ":0")
            return std::nullopt;
        return peer.ask({"GET", key});
    };
    auto const note = [&all](std::string const& wrong) {
        if (!wrong.empty())
            all.shared.violation("in the end, " + wrong);
    };
    for (auto* const each : {&all.callers, &all.heard_by_nobody})
        for (auto const& who : each->callers()) {
            auto const count = held(who.counter_key());
            note(who.check_counter(count ? std::stoll(*count) : 0));
            note(who.pair().check_at_the_end(held(who.pair().first()), held(who.pair().second())));
            auto const& queue = who.queue();
            note(queue.check_at_the_end(elements_of(peer, queue.key()),
                                        elements_of(peer, queue.moved_key())));
            for (auto const* const text : who.all_texts())
                note(text->check(held(text->key())));
        }
}

void print_row(std::string_view name, tally const& sum)
{
    std::cout << std::left << std::setw(24) << name << std::right;
    for (auto const count : {sum.begun, sum.acknowledged, sum[outcome::not_sent],
                             sum[outcome::maybe_applied], sum[outcome::refused]})
        std::cout << std::setw(14) << count;
    std::cout << '\n';
}

void print_tallies(course const& all)
{
    std::cout << std::left << std::setw(24) << "" << std::right;
    for (auto const* const title :
         {"begun", "acknowledged", "not sent", "maybe applied", "refused"})
        std::cout << std::setw(14) << title;
    std::cout << '\n';
    for (std::size_t i = 0; i < operations().size(); ++i) {
        tally sum;
        for (auto const& each : all.callers.callers())
            sum += each.tally_of(i);
        print_row(operations()[i].name, sum);
    }
    auto const sum = all.callers.total();
    print_row("all", sum);
    print_row("heard by nobody", all.heard_by_nobody.total());
    std::cout << "failures:";
    for (auto const& [code, count] : sum.codes)
        std::cout << ' ' << to_string(code) << ' ' << count << ';';
    std::cout << "\nfaults:";
    for (auto const& [fault, count] : all.faults)
        std::cout << ' ' << fault << ' ' << count << ';';
    std::cout << "\nconnections made: " << all.connections << '\n';
}

void print_speed(course const& all)
{
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    auto const seconds = std::chrono::duration<double>(all.took).count();
    auto const begun = static_cast<double>(all.callers.total().begun);
    std::cout << std::fixed << std::setprecision(1) << seconds << " s, " << std::setprecision(0)
              << begun / seconds << " commands/s, at most "
              << static_cast<double>(used.ru_maxrss) / 1024 << " MiB resident\n";
}

int judge(course const& all)
{
    verdict found;
    auto const sum = all.callers.total();
    auto const unheard = all.heard_by_nobody.total();
    found.check(all.shared.violations() == 0 && all.of_nobody.violations() == 0,
                "every answer was its caller's own, and what the server holds in the end fits");
    found.check(sum.begun == sum.ended() && unheard.begun == unheard.ended(),
                "every command ended once");
    found.check(sum.acknowledged > 0 && sum.acknowledged >= sum.begun / 4,
                "most of the time, commands succeed");
    found.check(unheard.begun > 0 && unheard[outcome::not_sent] == unheard.begun &&
                    all.nowhere.forwarded(fault_proxy::direction::to_server) == 0,
                "where nothing was forwarded, nothing was sent");
    // The first connections are one for each loop of two clients, and two for each of the third.
    found.check(all.connections >= 2 * (2 + 1 + 1) + 5, "connections were lost and made again");
    for (auto const code : {failure_code::timed_out, failure_code::cancelled,
                            failure_code::connection_lost, failure_code::overloaded})
        found.check(sum.with(code) > 0, "failures came up: " + std::string{to_string(code)});
    auto const corrupted = all.faults.find("replies corrupted");
    if (corrupted == all.faults.end())
        found.check(sum.with(failure_code::protocol_error) == 0, "nobody broke the protocol");
    else if (corrupted->second > 5)
        found.check(sum.with(failure_code::protocol_error) > 0, "corrupted replies were noticed");
    for (std::size_t i = 0; i < operations().size(); ++i)
        found.check(std::ranges::any_of(
                        all.callers.callers(),
                        [i](caller const& one) { return one.tally_of(i).acknowledged > 0; }),
                    "it was tried: " + std::string{operations()[i].name});
    return found.conclude();
}

}  // namespace
}  // namespace redstart::soak

int main(int count, char** arguments)
{
    using namespace redstart::soak;
    auto const options = read_options(
        count, arguments,
        {{"--commands", 200'000}, {"--seconds", 900}, {"--seed", std::random_device{}()}});
    std::cout << "seed " << options.at("--seed") << std::endl;
    course all{static_cast<std::int64_t>(options.at("--commands"))};
    run(all, std::chrono::seconds{options.at("--seconds")}, options.at("--seed"));
    await_silence(all);
    compare_with_server(all);
    print_tallies(all);
    print_speed(all);
    return judge(all);
}
