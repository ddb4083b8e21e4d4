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

void multiplexer::append_large(slot const& of, wire::encoded_command const& command)
{
    for (auto const& each : command.large)
        large_.push_back({.at = out_.size() + each.at,
                          .left = each.bytes,
                          .owner = each.owner,
                          .lender = each.owner ? nullptr : &of});
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

// A slot leaves before all of it was sent. What is half sent must go on, or no other command could; without the memory
// for that the program ends.
void multiplexer::keep_what_was_lent(slot const& leaving) noexcept
{
    for (auto& each : large_) {
        if (each.lender != &leaving)
            continue;
        auto const copy = std::make_shared<std::string const>(each.left);
        each = {.at = each.at, .left = *copy, .owner = copy};
    }
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

std::span<std::string_view const> multiplexer::output() noexcept
{
    std::string_view const text = out_;
    if (large_.empty()) [[likely]] {
        output_parts_[0] = text.substr(out_begin_);
        return {output_parts_.data(), out_begin_ == text.size() ? 0U : 1U};
    }
    std::size_t begin = out_begin_;
    std::size_t count = 0;
    for (auto const& each : large_) {
        if (count + 3 > output_parts_.size())
            return {output_parts_.data(), count};
        if (each.at != begin)
            output_parts_[count++] = text.substr(begin, each.at - begin);
        output_parts_[count++] = each.left;
        begin = each.at;
    }
    if (begin != text.size())
        output_parts_[count++] = text.substr(begin);
    return {output_parts_.data(), count};
}

void multiplexer::written(std::size_t bytes, bool blocked)
{
    blocked_ = blocked;
    if (large_.empty()) [[likely]]
        out_begin_ += bytes;
    else
        advance(bytes);
    drop_sent();
    encode_waiting();
}

void multiplexer::advance(std::size_t bytes) noexcept
{
    while (bytes != 0) {
        bool const in_text = large_.empty() || large_.front().at != out_begin_;
        if (in_text) {
            auto const end = large_.empty() ? out_.size() : large_.front().at;
            auto const step = std::min(bytes, end - out_begin_);
            out_begin_ += step;
            bytes -= step;
            continue;
        }
        auto& next = large_.front();
        auto const step = std::min(bytes, next.left.size());
        next.left.remove_prefix(step);
        large_unsent_ -= step;
        bytes -= step;
        if (next.left.empty())
            large_.pop_front();
    }
}

// What a peak has taken is given back.
void multiplexer::drop_sent() noexcept
{
    if (unsent_bytes() == 0)
        return clear_output();
    if (out_begin_ < encode_ahead || out_begin_ < out_.size() / 2)
        return;
    // A socket that never takes all would otherwise let what was sent pile up for ever.
    out_.erase(0, out_begin_);
    for (auto& each : large_)
        each.at -= out_begin_;
    out_begin_ = 0;
}

void multiplexer::clear_output() noexcept
{
    out_begin_ = 0;
    if (!large_.empty()) [[unlikely]]
        large_.clear();
    large_unsent_ = 0;
    if (out_.capacity() > kept_output)
        std::string{}.swap(out_);
    else
        out_.clear();
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
    return got;
}

bool multiplexer::received(char const*& at, char const* end)
{
    wire::token token;
    while (true) {
        auto const step = parser_.next(at, end, token);
        if (step == wire::progress::need_more) {
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
            written_.remove(head);
            retire(head);
            head.on_reply();
        }
    }
}

}  // namespace redstart::engine
