#include "redstart/http/request_reader.hpp"

#include <algorithm>
#include <cstring>

namespace redstart::http {

namespace {

constexpr std::size_t first_size = 4 * 1024;  // what an idle connection keeps
constexpr std::size_t kept_size = 8 * 1024;
constexpr std::size_t least_read = 1024;  // fewer bytes are not worth a read
constexpr std::size_t beside_head =
    4 * 1024;  // so that a head of the largest size leaves room to read on
constexpr std::size_t kept_body = 16 * 1024;
// No chunked body ends in fewer bytes than "0\r\n\r\n", and Beast asserts that it never sees fewer of its end.
constexpr std::size_t least_chunked = 5;

}  // namespace

request_reader::request_reader(limits const& bounds, request& into)
    : request_{into}, parser_{into}, scanner_{bounds}, capacity_{bounds.max_head + beside_head},
      buffer_(first_size)
{
}

std::span<char> request_reader::space()
{
    if (unread() == 0) {
        begin_ = end_ = 0;
        if (buffer_.size() > kept_size && stage_ != stage::body)
            buffer_ = std::vector<char>(first_size);
    }
    if (buffer_.size() - end_ < least_read && begin_ != 0) {
        std::memmove(buffer_.data(), buffer_.data() + begin_, unread());
        end_ = unread();
        begin_ = 0;
    }
    if (stage_ == stage::body && framing().length > buffer_.size() && buffer_.size() < capacity_)
        buffer_.resize(capacity_);
    else if (buffer_.size() - end_ < least_read && buffer_.size() < capacity_)
        buffer_.resize(std::min(capacity_, 2 * buffer_.size()));
    return {buffer_.data() + end_, buffer_.size() - end_};
}

request_reader::progress request_reader::refuse(rejection why) noexcept
{
    stage_ = stage::refused;
    why_ = why;
    return progress::refused;
}

request_reader::progress request_reader::advance()
{
    switch (stage_) {
    case stage::head: return advance_head();
    case stage::judged: return progress::head_complete;
    case stage::body: return advance_body();
    case stage::complete: return progress::complete;
    case stage::refused: return progress::refused;
    }
    return progress::refused;
}

request_reader::progress request_reader::advance_head()
{
    if (unread() == 0)
        return progress::need_more;
    auto const found = scanner_.scan(input());
    if (found == head_scanner::progress::need_more)
        return progress::need_more;
    if (found == head_scanner::progress::refused)
        return refuse(scanner_.why());
    head_.assign(input().substr(scanner_.begin(), scanner_.end() - scanner_.begin()));
    begin_ += scanner_.end();
    scanner_.reset();
    if (!parser_.parse_head(head_))
        return refuse(parser_.why());
    stage_ = stage::judged;
    return progress::head_complete;
}

bool request_reader::accept_body(std::uint64_t most) noexcept
{
    // A chunked body may turn out to be empty, but who asks first whether to send it has one.
    bool const has_too_much =
        framing().chunked ? most == 0 && framing().expects_continue : framing().length > most;
    if (has_too_much) {
        refuse({413, most == 0 ? "no body is taken here" : "the body is too large"});
        return false;
    }
    parser_.limit_body(most);
    stage_ = framing().has_body() ? stage::body : stage::complete;
    return true;
}

void request_reader::leave_body() noexcept
{
    body_is_left_ = framing().has_body();
    stage_ = stage::complete;
}

request_reader::progress request_reader::advance_body()
{
    if (unread() < (framing().chunked ? least_chunked : 1))
        return progress::need_more;
    bool ok = true;
    begin_ += parser_.parse_body(input(), ok);
    if (!ok)
        return refuse(parser_.why());
    if (parser_.is_complete()) {
        stage_ = stage::complete;
        return progress::complete;
    }
    if (is_full())  // what frames a chunk, or trailer fields, without an end
        return refuse({400, "a chunk of the body is malformed"});
    return progress::need_more;
}

void request_reader::begin_next() noexcept
{
    stage_ = stage::head;
    request_.method = method::unknown;
    if (request_.body.capacity() > kept_body)
        std::string{}.swap(request_.body);  // an assignment would keep the memory
    else
        request_.body.clear();
}

}  // namespace redstart::http
