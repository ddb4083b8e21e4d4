// What leaves for the server, and in which commands.

#include "redstart/engine/subscriptions.hpp"
#include "redstart/wire/request.hpp"

#include <utility>

namespace redstart::engine {

namespace {

// bytes of output that are encoded before the socket is asked
constexpr std::size_t encode_ahead = 64 * 1024;
// What one command may name. A cluster takes shard channels of one slot only, so each has its own.
constexpr std::size_t most_names = 64;
constexpr std::size_t most_bytes = 16 * 1024;

struct command_names {
    char const* subscribe;
    char const* unsubscribe;
};

constexpr std::array<command_names, feed_kinds> names{
    {{"SUBSCRIBE", "UNSUBSCRIBE"}, {"PSUBSCRIBE", "PUNSUBSCRIBE"}, {"SSUBSCRIBE", "SUNSUBSCRIBE"}}};

}  // namespace

std::string_view subscriptions::output()
{
    if (login_ && !is_fenced())
        encode_login();
    while (!changed_.empty() && !is_fenced() && out_.size() - out_begin_ < encode_ahead)
        if (auto next = next_command(); !next.about.empty())
            encode(std::move(next));
    return std::string_view{out_}.substr(out_begin_);
}

void subscriptions::written(std::size_t bytes)
{
    out_begin_ += bytes;
    if (out_begin_ < out_.size())
        return;
    out_.clear();
    out_begin_ = 0;
}

// One command for what has changed, as far as it is of one kind; without names if nothing is to be done.
subscriptions::command subscriptions::next_command()
{
    command next;
    std::size_t bytes = 0;
    while (!changed_.empty()) {
        auto& one = *changed_.front();
        auto const step = next_step(one);
        bool const fits = step == next.what && one.kind == next.kind && !one.alone &&
                          one.kind != feed_kind::shard_channel && next.about.size() < most_names &&
                          bytes + one.name.size() <= most_bytes;
        if (step != verb::none && !next.about.empty() && !fits)
            break;
        changed_.pop_front();
        one.queued = false;
        if (step == verb::none) {
            forget_if_unused(one);
            continue;
        }
        set_phase(one, step == verb::subscribe ? phase::entering : phase::leaving);
        next.what = step;
        next.kind = one.kind;
        next.about.push_back(&one);
        bytes += one.name.size();
        if (one.alone)
            break;
    }
    return next;
}

void subscriptions::encode(command next)
{
    auto const& known = names[static_cast<std::size_t>(next.kind)];
    bool const enters = next.what == verb::subscribe;
    auto request = wire::request::named(enters ? known.subscribe : known.unsubscribe);
    for (auto const* const each : next.about)
        request.add(each->name);
    out_.append(request.bytes());
    if (!enters)
        next.ping = encode_ping();
    asked_.push_back(std::move(next));
}

void subscriptions::encode_login()
{
    out_.append(login_->bytes());
    login_.reset();
    asked_.emplace_back().what = verb::log_in;
}

std::uint64_t subscriptions::encode_ping()
{
    auto request = wire::request::named("PING");
    request.add(++pings_);
    out_.append(request.bytes());
    return pings_;
}

}  // namespace redstart::engine
