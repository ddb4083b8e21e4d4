#include "redstart/engine/multiplexer.hpp"

#include <algorithm>
#include <cassert>
#include <limits>
#include <utility>

namespace redstart::engine {

namespace {

// bytes of output that are encoded before the socket is asked
constexpr std::size_t encode_ahead = 256 * 1024;
constexpr std::size_t kept_output = 1024 * 1024;  // a larger buffer is given back once it is empty
constexpr std::size_t kept_tombstones = 1024;
// bytes of one command
constexpr std::size_t most_counted = std::numeric_limits<std::uint32_t>::max();

}  // namespace

// Stands for a caller who has left. Its reply is parsed and dropped.
class multiplexer::tombstone final : public slot {
public:
    explicit tombstone(multiplexer& owner) noexcept : owner_{owner} {}

private:
    std::string_view bytes() const noexcept override { return {}; }
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
    return open_ && !blocked_ && out_.size() - out_begin_ < encode_ahead;
}

bool multiplexer::submit(slot& added)
{
    assert(added.state_ == slot::state::idle || added.state_ == slot::state::done);
    auto const size = added.bytes().size();
    // One command alone is taken whatever its size: a bound below it would refuse it for ever.
    if (commands_ >= limits_.commands || (commands_ > 0 && bytes_ + size > limits_.bytes))
        return false;
    if (waiting_.empty() && may_encode()) [[likely]] {
        if (!encode(added)) [[unlikely]]
            return false;
    } else {
        added.state_ = slot::state::waiting;
        waiting_.push_back(added);
    }
    ++commands_;
    added.size_ = static_cast<std::uint32_t>(std::min(size, most_counted));
    bytes_ += added.size_;
    return true;
}

// False, and nothing has changed, if there is no memory for it: large values make that a case like any other.
bool multiplexer::encode(slot& next) noexcept
{
    auto const bytes = next.bytes();
    try {
        out_.append(bytes);
    } catch (std::exception const&) {
        return false;
    }
    next.begins_at_ = encoded_;
    next.awaited_ = next.replies_;
    encoded_ += bytes.size();
    next.state_ = slot::state::written;
    written_.push_back(next);
    return true;
}

void multiplexer::encode_waiting() noexcept
{
    while (!waiting_.empty() && may_encode()) {
        auto& next = waiting_.front();
        waiting_.remove(next);
        if (encode(next)) [[likely]]
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
        waiting_.remove(given_up);
        retire(given_up);
        return outcome::not_sent;
    }
    assert(given_up.state_ == slot::state::written);
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
    blocked_ = false;
    encode_waiting();
}

void multiplexer::lose(failure_code code, std::string_view reason)
{
    auto const sent = sent_bytes();
    open_ = false;
    out_.clear();
    out_begin_ = 0;
    parser_.reset();
    parts_.reset();

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
        if (again.bytes().empty()) {  // a tombstone: nobody wants it sent
            retire(again);
            again.on_failure(code, outcome::not_sent, reason);
            continue;
        }
        again.state_ = slot::state::waiting;
        waiting_.push_front(again);
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
    while (!all.empty()) {
        auto& failed = all.front();
        all.remove(failed);
        retire(failed);
        failed.on_failure(code, outcome::not_sent, reason);
    }
}

void multiplexer::written(std::size_t bytes, bool blocked)
{
    out_begin_ += bytes;
    blocked_ = blocked;
    if (out_begin_ == out_.size()) {
        out_begin_ = 0;
        if (out_.capacity() > kept_output)
            std::string{}.swap(out_);
        else
            out_.clear();
    } else if (out_begin_ >= encode_ahead && out_begin_ >= out_.size() / 2) {
        // A socket that never takes all would otherwise let what was sent pile up for ever.
        out_.erase(0, out_begin_);
        out_begin_ = 0;
    }
    encode_waiting();
}

bool multiplexer::received(char const*& at, char const* end)
{
    wire::token token;
    while (true) {
        auto const step = parser_.next(at, end, token);
        if (step == wire::progress::need_more)
            return true;
        if (step == wire::progress::malformed) {
            protocol_error_ = parser_.error();
            return false;
        }
        if (token.out_of_band) {
            if (pushes_)
                pushes_->on_push(token);
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
            written_.remove(head);
            retire(head);
            head.on_reply();
        }
    }
}

}  // namespace redstart::engine
