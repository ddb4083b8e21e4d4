#include "redstart/command/reply_value.hpp"

#include <utility>

namespace redstart {

namespace {

reply_value::kind kind_of(wire::token const& t)
{
    using enum wire::kind;
    switch (t.kind) {
    case null: return reply_value::kind::null;
    case integer: return reply_value::kind::integer;
    case real: return reply_value::kind::real;
    case boolean: return reply_value::kind::boolean;
    case simple_error:
    case blob_error: return reply_value::kind::error;
    case array:
    case set:
    case push: return reply_value::kind::list;
    case map: return reply_value::kind::map;
    default: return reply_value::kind::text;
    }
}

}  // namespace

reply_value::reply_value(wire::token const& scalar_or_opening)
    : kind_{kind_of(scalar_or_opening)}, number_{scalar_or_opening.number}
{
    if (!scalar_or_opening.is_aggregate() && kind_ != kind::boolean && kind_ != kind::null)
        text_ = scalar_or_opening.text;
}

std::optional<std::int64_t> reply_value::integer() const noexcept
{
    if (kind_ == kind::integer)
        return number_;
    std::int64_t read = 0;
    if (kind_ == kind::text && codec::read_integer(text_, read))
        return read;
    return std::nullopt;
}

std::optional<double> reply_value::real() const noexcept
{
    double read = 0;
    bool const is_number = kind_ == kind::text || kind_ == kind::integer || kind_ == kind::real;
    if (is_number && codec::read_real(text_, read))
        return read;
    return std::nullopt;
}

std::optional<bool> reply_value::truth() const noexcept
{
    auto const number = kind_ == kind::boolean ? number_ : integer().value_or(-1);
    if (number != 0 && number != 1)
        return std::nullopt;
    return number == 1;
}

reply_value const* reply_value::field(std::string_view name) const noexcept
{
    for (std::size_t i = 0; i + 1 < items_.size(); i += 2)
        if (items_[i].text_ == name)
            return &items_[i + 1];
    return nullptr;
}

reply_value& reply_tree::add(wire::token const& t)
{
    if (open_.empty())
        return root_ = reply_value{t};
    return open_.back()->items_.emplace_back(t);
}

decode_step reply_tree::feed(wire::token const& t)
{
    if (t.kind == wire::kind::close) {
        open_.pop_back();
    } else if (partial_ != nullptr) {
        partial_->text_.append(t.text);
    } else {
        auto& added = add(t);
        if (t.is_aggregate())
            open_.push_back(&added);
        else if (t.more)
            partial_ = &added;
    }
    if (!t.more)
        partial_ = nullptr;
    return open_.empty() && !t.more ? decode_step::done : decode_step::more;
}

}  // namespace redstart
