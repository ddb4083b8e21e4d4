// What leaves: commands encoded one behind the other, and large arguments that are written from where they lie.

#include "redstart/engine/multiplexer.hpp"

#include <algorithm>
#include <memory>
#include <string>

namespace redstart::engine {

namespace {

// bytes of what was sent that are kept before the rest is moved to the front
constexpr std::size_t kept_sent = 256 * 1024;
constexpr std::size_t kept_output = 1024 * 1024;  // a larger buffer is given back once it is empty

}  // namespace

void multiplexer::append_large(slot const& of, wire::encoded_command const& command)
{
    for (auto const& each : command.large)
        large_.push_back({.at = out_.size() + each.at,
                          .left = each.bytes,
                          .owner = each.owner,
                          .lender = each.owner ? nullptr : &of});
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
    auto const sent_before = sent_bytes();
    blocked_ = blocked;
    if (large_.empty()) [[likely]]
        out_begin_ += bytes;
    else
        advance(bytes);
    if (tells_of_traffic_) [[unlikely]]
        tell_departed(sent_before);
    drop_sent();
    encode_waiting();
}

// The newest stand last.
void multiplexer::tell_departed(std::uint64_t sent_before) const noexcept
{
    auto const sent = sent_bytes();
    written_.for_each_backwards([&](slot& one) {
        if (one.begins_at_ >= sent_before && one.begins_at_ < sent)
            one.on_departure();
        return one.begins_at_ >= sent_before;
    });
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
    if (out_begin_ < kept_sent || out_begin_ < out_.size() / 2)
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

}  // namespace redstart::engine
