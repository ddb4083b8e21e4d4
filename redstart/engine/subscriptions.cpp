#include "redstart/engine/subscriptions.hpp"

#include "redstart/base/failure.hpp"
#include "redstart/codec/number.hpp"

#include <cassert>
#include <utility>

namespace redstart::engine {

namespace {

// What the server says when it could do it later.
bool is_passing(std::string_view server_text)
{
    auto const code = error_prefix(server_text);
    return code == "LOADING" || code == "BUSY" || code == "MASTERDOWN" || code == "CLUSTERDOWN" ||
           code == "TRYAGAIN";
}

}  // namespace

subscriptions::subscriptions(wire::limits message_limits) : parser_{message_limits} {}

// ---- What is wanted -----------------------------------------------------------------------------

bool subscriptions::want(feed const& what, feed_listener& who)
{
    auto const [at, is_new] = entries_[static_cast<std::size_t>(what.kind)].try_emplace(what.name);
    auto& one = at->second;
    if (is_new) {
        one.name = at->first;
        one.kind = what.kind;
    }
    assert(!one.listener && "a feed is wanted once");
    one.listener = &who;
    ++wanted_;
    reconcile(one);
    return one.where == phase::live;
}

void subscriptions::unwant(feed const& what)
{
    auto* const one = find(what.kind, what.name);
    if (!one || !one->listener)
        return;
    one->listener = nullptr;
    --wanted_;
    reconcile(*one);
}

bool subscriptions::is_leaving(feed const& what) const
{
    auto const& all = entries_[static_cast<std::size_t>(what.kind)];
    auto const found = all.find(what.name);
    return found != all.end() && !found->second.listener;
}

subscriptions::entry* subscriptions::find(feed_kind kind, std::string_view name)
{
    auto& all = entries_[static_cast<std::size_t>(kind)];
    auto const found = all.find(name);
    return found == all.end() ? nullptr : &found->second;
}

subscriptions::verb subscriptions::next_step(entry const& one) noexcept
{
    if (one.put_off)
        return verb::none;
    if (one.where == phase::absent && one.listener)
        return verb::subscribe;
    return one.where == phase::live && !one.listener ? verb::unsubscribe : verb::none;
}

void subscriptions::reconcile(entry& one)
{
    if (!open_ || next_step(one) == verb::none)
        return forget_if_unused(one);
    if (!std::exchange(one.queued, true))
        changed_.push_back(&one);
}

void subscriptions::forget_if_unused(entry& one)
{
    if (one.listener || one.where != phase::absent || one.queued || one.put_off)
        return;
    auto& all = entries_[static_cast<std::size_t>(one.kind)];
    all.erase(all.find(one.name));
}

void subscriptions::set_phase(entry& one, phase next) noexcept
{
    live_ -= one.where == phase::live ? 1 : 0;
    live_ += next == phase::live ? 1 : 0;
    one.where = next;
}

void subscriptions::put_off(entry& one, phase until_then)
{
    set_phase(one, until_then);
    one.put_off = true;
    put_off_.push_back(&one);
    if (until_then == phase::live && one.listener)
        one.listener->on_live();  // wanted anew while it was to be left
}

void subscriptions::ask_again()
{
    if (std::exchange(fence_in_doubt_, false))
        asked_.back().ping = encode_ping();
    for (auto* const one : std::exchange(put_off_, {})) {
        one->put_off = false;
        reconcile(*one);
    }
}

// ---- The connection -----------------------------------------------------------------------------

void subscriptions::open()
{
    assert(!open_ && asked_.empty() && out_.empty());
    open_ = true;
    for (auto& all : entries_)
        for (auto& [name, one] : all)
            reconcile(one);  // ends none: those that nobody wants went with the last connection
}

void subscriptions::lose()
{
    open_ = false;
    out_.clear();
    out_begin_ = 0;
    asked_.clear();
    changed_.clear();
    put_off_.clear();
    login_.reset();  // the next connection logs in by itself
    fence_in_doubt_ = false;
    parser_.reset();
    std::vector<feed_listener*> interrupted;
    for (auto& all : entries_) {
        for (auto& [name, one] : all) {
            if (one.where == phase::live && one.listener)
                interrupted.push_back(one.listener);
            set_phase(one, phase::absent);
            one.queued = one.alone = one.put_off = one.left = false;
        }
        std::erase_if(all, [](auto const& each) { return !each.second.listener; });
    }
    for (auto* const each : interrupted)
        each->on_gap();
}

void subscriptions::ping()
{
    if (!open_ || !asked_.empty())
        return;
    auto& asked = asked_.emplace_back();
    asked.what = verb::ping;
    asked.ping = encode_ping();
}

void subscriptions::log_in(credentials const& who)
{
    if (open_)
        login_.emplace(auth_request(who));
}

// ---- What the server says -----------------------------------------------------------------------

bool subscriptions::received(char const*& at, char const* end)
{
    while (true) {
        auto const step = parser_.next(at, end, frame_);
        if (step == wire::progress::need_more)
            return true;
        if (step == wire::progress::malformed)
            return fail(parser_.error());
        if (!take_frame())
            return false;
    }
}

bool subscriptions::fail(std::string_view why) noexcept
{
    protocol_error_ = why;
    return false;
}

bool subscriptions::take_frame()
{
    switch (frame_.what) {
    case pubsub_frame::kind::message: take_message(); return true;
    case pubsub_frame::kind::subscribed: return take_subscribed();
    case pubsub_frame::kind::unsubscribed: take_unsubscribed(); return true;
    case pubsub_frame::kind::pong: return take_answer();
    case pubsub_frame::kind::error: return take_error();
    case pubsub_frame::kind::strange: break;
    }
    return fail("a reply that nobody waits for");
}

// What comes after an unsubscribe and before its confirmation was published to those who have left.
void subscriptions::take_message()
{
    auto const* const one = find(frame_.feed, frame_.name);
    if (one && one->listener && one->where == phase::live)
        one->listener->on_message(frame_.channel, frame_.text);
}

bool subscriptions::take_subscribed()
{
    auto* const one = find(frame_.feed, frame_.name);
    if (!one || asked_.empty() || asked_.front().what != verb::subscribe ||
        asked_.front().about[asked_.front().answered] != one)
        return fail("a confirmation that nobody waits for");
    if (++asked_.front().answered == asked_.front().about.size())
        asked_.pop_front();
    set_phase(*one, phase::live);
    one->alone = false;
    if (one->listener)
        one->listener->on_live();
    reconcile(*one);
    return true;
}

// The answer to ours, or else the server ends a subscription by itself, as when the slot of a shard channel has moved.
void subscriptions::take_unsubscribed()
{
    auto* const one = find(frame_.feed, frame_.name);
    if (!one)
        return;
    if (one->where == phase::leaving)
        one->left = true;
    if (one->where != phase::live)
        return;
    auto* const interrupted = one->listener;
    set_phase(*one, phase::absent);
    reconcile(*one);
    if (interrupted)
        interrupted->on_gap();  // last: it may end the entry
}

// A text of which nothing is published: the answer to a PING or to a login.
bool subscriptions::take_answer()
{
    bool const is_login = !asked_.empty() && asked_.front().what == verb::log_in;
    if (!is_login || frame_.text != "OK")
        return take_pong();
    asked_.pop_front();
    return true;
}

bool subscriptions::take_pong()
{
    std::uint64_t number = 0;
    if (!codec::read_number(frame_.text, number) || number == 0 || number > pings_)
        return fail("a reply that nobody waits for");
    if (asked_.empty() || number != asked_.front().ping)
        return true;  // the answer was under way when the PING was sent again
    auto const ended = std::move(asked_.front());
    asked_.pop_front();
    if (ended.what == verb::unsubscribe)
        end_unsubscribe(ended);
    return true;
}

void subscriptions::end_unsubscribe(command const& ended)
{
    fence_in_doubt_ = false;
    for (auto* const one : ended.about) {
        if (!std::exchange(one->left, false) && ended.was_not_possible) {
            put_off(*one, phase::live);
            continue;
        }
        set_phase(*one, phase::absent);
        reconcile(*one);
    }
}

// A command is refused as a whole, before it has done anything.
bool subscriptions::take_error()
{
    if (asked_.empty() || asked_.front().answered > 0)
        return fail("an error that answers nothing");
    auto& head = asked_.front();
    if (head.what == verb::unsubscribe) {
        head.was_not_possible |= is_passing(frame_.text);
        fence_in_doubt_ = true;
        return true;
    }
    if (head.what == verb::log_in)
        return fail("the server refused the new login");
    auto const refused = std::move(head);
    asked_.pop_front();
    end_refused(refused);
    return true;
}

void subscriptions::end_refused(command const& refused)
{
    for (auto* const one : refused.about) {
        if (is_passing(frame_.text)) {
            put_off(*one, phase::absent);
        } else if (refused.about.size() == 1) {
            refuse(*one);
        } else {
            one->alone = true;  // one of them is to blame
            set_phase(*one, phase::absent);
            reconcile(*one);
        }
    }
}

void subscriptions::refuse(entry& one)
{
    auto* const told = std::exchange(one.listener, nullptr);
    wanted_ -= told ? 1 : 0;
    set_phase(one, phase::absent);
    forget_if_unused(one);
    if (told)
        told->on_refused(frame_.text);
}

}  // namespace redstart::engine
