#include "redstart/http/head_scanner.hpp"

#include <cstring>

namespace redstart::http {

namespace {

// What a request line may hold besides its target: the longest method that we read, blanks and version.
constexpr std::size_t beside_target = 64;

}  // namespace

head_scanner::progress head_scanner::refuse(int status, std::string_view detail) noexcept
{
    why_ = {status, detail};
    return progress::refused;
}

head_scanner::progress head_scanner::scan(std::string_view bytes) noexcept
{
    while (true) {
        auto const feed = bytes.find('\n', seen_);
        if (feed == bytes.npos) {
            seen_ = bytes.size();
            return unfinished(bytes);
        }
        auto const line = bytes.substr(at_, feed - at_);
        at_ = seen_ = feed + 1;
        if (!line.ends_with('\r') || line.find('\r') != line.size() - 1)
            return refuse(400, "a line of the head does not end in CRLF");
        if (auto const found = end_of_line(line.substr(0, line.size() - 1));
            found != progress::need_more)
            return found;
    }
}

head_scanner::progress head_scanner::end_of_line(std::string_view line) noexcept
{
    if (at_ - begin_ > limits_->max_head)
        return has_request_line_ ? refuse(431, "the head is too large")
                                 : refuse(414, "the request target is too long");
    if (!has_request_line_) {
        if (!line.empty())
            return end_of_request_line(line);
        if (begin_ != 0)
            return refuse(400, "there is no request line");
        begin_ = at_;
        return progress::need_more;
    }
    if (line.empty())
        return progress::complete;
    if (line.front() == ' ' || line.front() == '\t')
        return refuse(400, "a header field is folded over several lines");
    if (std::memchr(line.data(), '\0', line.size()))
        return refuse(400, "a header field holds NUL");
    if (++fields_ > limits_->max_fields)
        return refuse(431, "there are too many header fields");
    return progress::need_more;
}

head_scanner::progress head_scanner::end_of_request_line(std::string_view line) noexcept
{
    // with its CR, as unfinished() counts
    if (line.size() + 1 > limits_->max_target + beside_target)
        return refuse(414, "the request target is too long");
    has_request_line_ = true;
    auto const first = line.find(' ');
    auto const last = line.rfind(' ');
    if (first == line.npos || first == last)
        return refuse(400, "the request line is malformed");
    if (last - first - 1 > limits_->max_target)
        return refuse(414, "the request target is too long");
    return progress::need_more;
}

head_scanner::progress head_scanner::unfinished(std::string_view bytes) noexcept
{
    auto const size = bytes.size() - begin_;
    if (!has_request_line_ && size > limits_->max_target + beside_target)
        return refuse(414, "the request target is too long");
    if (size > limits_->max_head)
        return has_request_line_ ? refuse(431, "the head is too large")
                                 : refuse(414, "the request target is too long");
    return progress::need_more;
}

}  // namespace redstart::http
