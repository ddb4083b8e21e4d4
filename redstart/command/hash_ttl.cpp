#include "redstart/command/hash_ttl.hpp"

#include <cassert>

namespace redstart {

decode_step decoder<field_expiry>::feed(wire::token const& t, text_assembly& parts)
{
    decoder<std::int64_t> number;
    auto const step = number.feed(t, parts);
    if (step != decode_step::done)
        return step;
    auto const answered = number.take();
    if (answered < -2 || answered > 2)
        return decode_step::mismatch;
    value_ = static_cast<field_expiry>(answered);
    return decode_step::done;
}

void command_detail::add_hsetex_options(any_command& hsetex, set_options const& options)
{
    if (options.condition == set_options::when::if_absent)
        hsetex.add("FNX");
    if (options.condition == set_options::when::if_present)
        hsetex.add("FXX");
    auto expiry_alone = options;
    expiry_alone.condition = set_options::when::always;
    add_set_options(hsetex, expiry_alone);
    if (options.condition != set_options::when::always)
        hsetex.mark_not_idempotent();
}

}  // namespace redstart
