#include "redstart/command/stream_record.hpp"

#include <algorithm>

namespace redstart::stream_detail {

decode_step record_reader::feed(wire::token const& t, text_assembly& parts, void* record)
{
    if (!open_) {
        open_ = t.kind == wire::kind::array || t.kind == wire::kind::map;
        return open_ ? decode_step::more : decode_step::mismatch;
    }
    if (t.kind == wire::kind::close)
        return close();
    if (!is_textual(t))
        return decode_step::mismatch;
    auto const text = parts.add(t);
    if (!text)
        return decode_step::more;
    if (!std::exchange(value_next_, !value_next_)) {
        at_ = static_cast<std::size_t>(std::ranges::find(members_, *text, &record_member::name) -
                                       members_.begin());
        return decode_step::more;
    }
    if (at_ == members_.size())
        return decode_step::more;
    seen_ |= std::uint64_t{1} << at_;
    return members_[at_].read(*text, record) ? decode_step::more : decode_step::mismatch;
}

decode_step record_reader::close() const noexcept
{
    if (value_next_)
        return decode_step::mismatch;
    for (std::size_t i = 0; i < members_.size(); ++i)
        if (members_[i].required && (seen_ >> i & 1) == 0)
            return decode_step::mismatch;
    return decode_step::done;
}

}  // namespace redstart::stream_detail
