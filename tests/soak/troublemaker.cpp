#include "tests/soak/troublemaker.hpp"

#include <utility>

namespace redstart::soak {

namespace {

using namespace std::chrono_literals;
using testing::fault_proxy;
using direction = fault_proxy::direction;
using ending = fault_proxy::ending;

constexpr std::uint64_t most_bytes_before = 20'000;  // of a fault in the middle of something

}  // namespace

troublemaker::troublemaker(breakable what, std::uint64_t seed)
    : what_{what}, random_{seed}, thread_{[this] { work(); }}
{
}

void troublemaker::stop()
{
    {
        std::lock_guard const lock{mutex_};
        stopping_ = true;
    }
    stopped_.notify_all();
    if (thread_.joinable())
        thread_.join();
}

// No longer than `most`, and often much less.
void troublemaker::wait(std::chrono::microseconds most)
{
    auto const limit = std::chrono::microseconds{below(static_cast<std::uint64_t>(most.count()))};
    std::unique_lock lock{mutex_};
    stopped_.wait_for(lock, limit, [this] { return stopping_; });
}

void troublemaker::work()
{
    auto const stopping = [this] {
        std::lock_guard const lock{mutex_};
        return stopping_;
    };
    while (!stopping()) {
        wait(60ms);
        make_trouble();
    }
}

void troublemaker::make_trouble()
{
    auto& proxy = *what_.proxies[below(what_.proxies.size())];
    switch (below(8)) {
    case 0: return break_server();
    case 1:
    case 2:
    case 3: return break_once(proxy);
    default: return break_one(proxy);
    }
}

// In the middle of whatever comes.
void troublemaker::break_once(fault_proxy& proxy)
{
    auto const after = below(most_bytes_before);
    switch (below(5)) {
    case 0: proxy.cut_after(direction::to_server, after); break;
    case 1: proxy.cut_after(direction::to_server, after, ending::reset); break;
    case 2: proxy.cut_after(direction::to_client, after); break;
    case 3: proxy.cut_after(direction::to_client, after, ending::reset); break;
    default: proxy.corrupt_after(after);
    }
    bool const corrupts = proxy.is_about_to_corrupt();
    wait(60ms);
    if (corrupts)
        counts_["replies corrupted"] += proxy.is_about_to_corrupt() ? 0 : 1;
    else
        counts_["cut within"] += proxy.is_about_to_cut() ? 0 : 1;
    proxy.heal();
}

void troublemaker::break_one(fault_proxy& proxy)
{
    auto const count = [this](std::string_view fault) { ++counts_[fault]; };
    switch (below(9)) {
    case 0: count("cut"), proxy.cut(); break;
    case 1: count("reset"), proxy.cut(ending::reset); break;
    case 2: count("requests stalled"), proxy.stall(direction::to_server); break;
    case 3: count("replies stalled"), proxy.stall(direction::to_client); break;
    case 4: count("frozen"), proxy.freeze(); break;
    case 5:
        count("delayed");
        proxy.delay(direction::to_server, std::chrono::milliseconds{below(5)});
        proxy.delay(direction::to_client, std::chrono::milliseconds{below(5)});
        break;
    case 6:
        count("half-written");
        proxy.cut_into_pieces(direction::to_server, 1 + below(300));
        proxy.cut_into_pieces(direction::to_client, 1 + below(300));
        break;
    case 7:
        count("refused"), proxy.refuse();
        proxy.cut();
        break;
    default: count("swallowed"), proxy.swallow();
    }
    wait(40ms);
    proxy.heal();
}

void troublemaker::break_server()
{
    if (below(2) == 0) {
        ++counts_["server stopped"];
        what_.server.pause();
        wait(40ms);
        what_.server.resume();
    } else {
        ++counts_["clients killed"];
        what_.server.connect().ask({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
    }
}

}  // namespace redstart::soak
