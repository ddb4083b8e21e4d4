#include "redstart/http/outbox.hpp"

#include <algorithm>
#include <utility>

namespace redstart::http {

namespace {

constexpr std::size_t copied_body = 16 * 1024;  // bytes; a larger one is not copied
constexpr std::size_t kept_tail = 16 * 1024;

}  // namespace

std::string& outbox::tail()
{
    if (!tail_is_open_) {
        chunks_.push_back(std::move(spare_));
        chunks_.back().clear();
        tail_is_open_ = true;
    }
    tail_before_ = chunks_.back().size();
    return chunks_.back();
}

void outbox::appended() noexcept { size_ += chunks_.back().size() - tail_before_; }

void outbox::add(std::string&& body)
{
    if (body.size() <= copied_body) {
        tail().append(body);
        appended();
        return;
    }
    size_ += body.size();
    chunks_.push_back(std::move(body));
    tail_is_open_ = false;
}

std::span<std::string_view const> outbox::parts() noexcept
{
    std::size_t count = 0;
    for (auto at = first_; at < chunks_.size() && count < max_parts; ++at)
        parts_[count++] = chunks_[at];
    if (count != 0)
        parts_[0].remove_prefix(offset_);
    return {parts_, count};
}

void outbox::written(std::size_t bytes) noexcept
{
    size_ -= bytes;
    if (size_ == 0) {
        clear();
        return;
    }
    offset_ += bytes;
    while (offset_ >= chunks_[first_].size()) {
        offset_ -= chunks_[first_].size();
        std::string{}.swap(chunks_[first_++]);  // an assignment would keep the memory
    }
}

void outbox::clear() noexcept
{
    for (auto& each : chunks_)
        if (each.capacity() > spare_.capacity() && each.capacity() <= kept_tail)
            spare_ = std::move(each);
    chunks_.clear();
    first_ = offset_ = size_ = 0;
    tail_is_open_ = false;
}

}  // namespace redstart::http
