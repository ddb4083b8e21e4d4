#include "redstart/client/shared_feed.hpp"

#include "redstart/client/subscriber.hpp"

#include <cassert>
#include <utility>

namespace redstart {

namespace {

failure too_slow()
{
    return failure{{.code = failure_code::overloaded,
                    .outcome = outcome::not_sent,
                    .command = {},
                    .reason = "messages came faster than they were taken, and the buffer is full",
                    .server_text = {}}};
}

failure refused(engine::feed_kind kind, std::string_view server_text)
{
    return failure{{.code = failure_code::server_error,
                    .outcome = outcome::refused,
                    .command = std::string{subscribe_name(kind)},
                    .reason = "the server answered with an error",
                    .server_text = std::string{server_text}}};
}

failure stopped(engine::feed_kind kind)
{
    return failure{{.code = failure_code::stopped,
                    .outcome = outcome::not_sent,
                    .command = std::string{subscribe_name(kind)},
                    .reason = "the client has been stopped",
                    .server_text = {}}};
}

}  // namespace

void shared_feed::add(mailbox& reader)
{
    reader.place_ = readers_.insert(readers_.end(), &reader);
    reader.feed_ = this;
    if (live_)
        reader.confirm();
}

void shared_feed::remove(mailbox& reader) noexcept
{
    assert(owner_.is_home() && "a subscription ends on the loop that it belongs to");
    readers_.erase(reader.place_);
    reader.feed_ = nullptr;
    if (readers_.empty())
        owner_.retire(*this);
}

// The last to leave ends this, so nothing is touched after it.
template <class Action>
void shared_feed::for_each(Action action) noexcept
{
    assert(!readers_.empty() && "a feed ends with its last reader");
    for (auto at = readers_.begin(), last = std::prev(readers_.end());;) {
        bool const is_last = at == last;
        action(**at++);
        if (is_last)
            return;
    }
}

void shared_feed::on_message(std::string_view channel, std::string_view body) noexcept
{
    bool const by_pattern = what_.kind == engine::feed_kind::pattern;
    std::string_view const pattern = by_pattern ? std::string_view{what_.name} : "";
    for_each([&](mailbox& reader) {
        if (!reader.put(channel, pattern, body))
            reader.end(too_slow());
    });
}

void shared_feed::on_live() noexcept
{
    live_ = true;
    for_each([](mailbox& reader) { reader.confirm(); });
}

void shared_feed::on_gap() noexcept
{
    live_ = false;
    for_each([](mailbox& reader) {
        if (reader.is_confirmed())
            reader.note_gap();
    });
}

void shared_feed::on_refused(std::string_view server_text) noexcept
{
    for_each([&, kind = what_.kind](mailbox& reader) { reader.end(refused(kind, server_text)); });
}

void shared_feed::fail_unconfirmed(failure const& why) noexcept
{
    for_each([&](mailbox& reader) {
        if (!reader.is_confirmed())
            reader.end(why);
    });
}

void shared_feed::end_all() noexcept
{
    for_each([kind = what_.kind](mailbox& reader) {
        reader.end(reader.is_confirmed() ? std::optional<failure>{} : stopped(kind));
    });
}

}  // namespace redstart
