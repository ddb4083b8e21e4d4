#include "redstart/engine/multiplexer.hpp"

#include <algorithm>
#include <cassert>
#include <limits>
#include <utility>

namespace redstart::engine {

namespace {

// bytes of output that are encoded before the socket is asked
constexpr std::size_t encode_ahead = 256 * 1024;
// bytes of a value for which others should not wait
constexpr std::size_t large_value = 64 * 1024;
constexpr std::size_t kept_tombstones = 1024;
// bytes of one command
constexpr std::size_t most_counted = std::numeric_limits<std::uint32_t>::max();

}  // namespace

// Stands for a caller who has left. Its reply is parsed and dropped.
class multiplexer::tombstone final : public slot {
public:
    explicit tombstone(multiplexer& owner) noexcept : owner_{owner} {}

private:
    wire::encoded_command encoded() const noexcept override { return {}; }
    void on_token(wire::token const&, text_assembly&) noexcept override {}
    void on_reply() noexcept override { owner_.keep_tombstone(*this); }
    void on_failure(failure_code, outcome, std::string_view) noexcept override
    {
        owner_.keep_tombstone(*this);
    }

    multiplexer& owner_;
};

multiplexer::multiplexer(flight_limits limits, wire::limits reply_limits, push_owner* pushes)
    : limits_{limits}, pushes_{pushes}, parser_{reply_limits}
{
    free_tombstones_.reserve(kept_tombstones);
}

multiplexer::~multiplexer() { assert(waiting_.empty() && written_.empty()); }

bool multiplexer::may_encode() const noexcept
{
    return open_ && !blocked_ && !held_ && unsent_bytes() < encode_ahead;
}

// One command alone is taken whatever its size: a bound below it would refuse it for ever.
bool multiplexer::may_encode(std::uint64_t size) const noexcept
{
    auto const encoded = commands_ - waiting_commands_;
    bool const fits = encoded == 0 || bytes_ - waiting_bytes_ + size <= limits_.bytes;
    return may_encode() && fits && encoded < limits_.commands;
}

bool multiplexer::is_full(std::uint64_t size) const noexcept
{
    if (limits_.waiting == 0)
        return commands_ >= limits_.commands || (commands_ > 0 && bytes_ + size > limits_.bytes);
    return commands_ >= std::uint64_t{limits_.commands} + limits_.waiting;
}

void multiplexer::begin_waiting(slot& late, void (slot_list::*place)(slot&) noexcept) noexcept
{
    late.state_ = slot::state::waiting;
    (waiting_.*place)(late);
    ++waiting_commands_;
    waiting_bytes_ += late.size_;
}

void multiplexer::end_waiting(slot& one) noexcept
{
    waiting_.remove(one);
    --waiting_commands_;
    waiting_bytes_ -= one.size_;
}

bool multiplexer::submit(slot& added)
{
    assert(added.state_ == slot::state::idle || added.state_ == slot::state::done);
    auto const command = added.encoded();
    auto const size = command.size();
    if (is_full(size)) [[unlikely]]
        return false;
    bool const goes_now = waiting_.empty() && may_encode(size);
    if (goes_now && !encode(added, command)) [[unlikely]]
        return false;
    added.size_ = static_cast<std::uint32_t>(std::min(size, most_counted));
    ++commands_;
    bytes_ += added.size_;
    if (!goes_now) [[unlikely]]
        begin_waiting(added, &slot_list::push_back);
    return true;
}

// False, and nothing has changed, if there is no memory for it: large values make that a case like any other.
bool multiplexer::encode(slot& next, wire::encoded_command const& command) noexcept
{
    auto const large_before = large_.size();
    try {
        if (!command.large.empty()) [[unlikely]]
            append_large(next, command);
        out_.append(command.text);
    } catch (std::exception const&) {
        large_.resize(large_before);
        return false;
    }
    auto size = command.text.size();
    for (auto const& each : command.large) {
        large_unsent_ += each.bytes.size();
        size += each.bytes.size();
    }
    next.begins_at_ = encoded_;
    next.awaited_ = next.replies_;
    encoded_ += size;
    next.state_ = slot::state::written;
    written_.push_back(next);
    return true;
}

void multiplexer::encode_waiting() noexcept
{
    while (!waiting_.empty() && may_encode(waiting_.front().size_)) {
        auto& next = waiting_.front();
        end_waiting(next);
        if (encode(next, next.encoded())) [[likely]]
            continue;
        retire(next);
        next.on_failure(failure_code::overloaded, outcome::not_sent, "no memory to send it");
    }
}

void multiplexer::retire(slot& ended) noexcept
{
    assert((ended.state_ == slot::state::waiting || ended.state_ == slot::state::written) &&
           "a slot leaves once");
    ended.state_ = slot::state::done;
    --commands_;
    bytes_ -= ended.size_;
}

outcome multiplexer::abandon(slot& given_up)
{
    if (given_up.state_ == slot::state::waiting) {
        end_waiting(given_up);
        retire(given_up);
        return outcome::not_sent;
    }
    assert(given_up.state_ == slot::state::written);
    if (!large_.empty()) [[unlikely]]
        keep_what_was_lent(given_up);
    auto& heir = take_tombstone();
    heir.begins_at_ = given_up.begins_at_;
    heir.size_ = given_up.size_;
    heir.awaited_ = given_up.awaited_;
    heir.state_ = slot::state::written;
    written_.replace(given_up, heir);
    ++tombstones_;
    given_up.state_ = slot::state::done;
    return outcome::maybe_applied;
}

multiplexer::tombstone& multiplexer::take_tombstone()
{
    if (free_tombstones_.empty())
        return *new tombstone{*this};
    auto* const reused = free_tombstones_.back().release();
    free_tombstones_.pop_back();
    return *reused;
}

void multiplexer::keep_tombstone(tombstone& free) noexcept
{
    std::unique_ptr<tombstone> owned{&free};
    --tombstones_;
    if (free_tombstones_.size() < kept_tombstones)
        free_tombstones_.push_back(std::move(owned));
}

void multiplexer::open()
{
    assert(!open_ && out_.empty());
    open_ = true;
    blocked_ = held_ = false;
    encode_waiting();
}

void multiplexer::lose(failure_code code, std::string_view reason)
{
    auto const sent = sent_bytes();
    open_ = blocked_ = false;
    clear_output();
    parser_.reset();
    parts_.reset();
    reply_bytes_ = 0;

    slot_list unsent;  // newest last, as they stood
    while (!written_.empty() && written_.back().begins_at_ >= sent) {
        auto& untouched = written_.back();
        written_.remove(untouched);
        unsent.push_front(untouched);
    }
    slot_list touched = std::exchange(written_, {});
    while (!unsent.empty()) {
        auto& again = unsent.back();
        unsent.remove(again);
        if (again.encoded().text.empty()) {  // a tombstone: nobody wants it sent
            retire(again);
            again.on_failure(code, outcome::not_sent, reason);
            continue;
        }
        begin_waiting(again, &slot_list::push_front);
    }
    while (!touched.empty()) {
        auto& broken = touched.front();
        touched.remove(broken);
        retire(broken);
        broken.on_failure(code, outcome::maybe_applied, reason);
    }
}

void multiplexer::fail_waiting(failure_code code, std::string_view reason)
{
    slot_list all = std::exchange(waiting_, {});
    waiting_commands_ = 0;
    waiting_bytes_ = 0;
    while (!all.empty()) {
        auto& failed = all.front();
        all.remove(failed);
        retire(failed);
        failed.on_failure(code, outcome::not_sent, reason);
    }
}

bool multiplexer::is_occupied() const noexcept
{
    return blocked_ || large_unsent_ > large_value || parser_.wanted() > large_value;
}

std::size_t multiplexer::read_past_parser(byte_source& from)
{
    auto const left = parser_.bypassable();
    if (left == 0)
        return 0;
    auto const got = written_.front().read_from(from, left);
    parser_.bypass(got);
    reply_bytes_ += got;
    return got;
}

bool multiplexer::received(char const*& at, char const* end)
{
    wire::token token;
    auto const* counted = at;  // up to here, less what pushes took
    while (true) {
        auto const* const before = at;
        auto const step = parser_.next(at, end, token);
        if (step == wire::progress::need_more) {
            reply_bytes_ += static_cast<std::uint64_t>(at - counted);
            if (!waiting_.empty()) [[unlikely]]
                encode_waiting();  // there is room now
            return true;
        }
        if (step == wire::progress::malformed) {
            protocol_error_ = parser_.error();
            return false;
        }
        if (token.out_of_band) {
            if (pushes_)
                pushes_->on_push(token);
            counted += at - before;
            continue;
        }
        if (written_.empty() || !has_left(written_.front())) [[unlikely]] {
            protocol_error_ = "a reply that nobody waits for";
            return false;
        }
        auto& head = written_.front();
        head.on_token(token, parts_);
        if (!token.ends_frame)
            continue;
        parts_.reset();
        if (--head.awaited_ == 0) [[likely]] {
            if (!large_.empty()) [[unlikely]]
                keep_what_was_lent(head);
            if (tells_of_traffic_) [[unlikely]]
                head.on_reply_size(reply_bytes_ + static_cast<std::uint64_t>(at - counted));
            reply_bytes_ = 0;
            counted = at;
            written_.remove(head);
            retire(head);
            head.on_reply();
        }
    }
}

}  // namespace redstart::engine
