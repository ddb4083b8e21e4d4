#include "redstart/command/lists.hpp"

#include "redstart/command/blocking_lists.hpp"

#include <cassert>

namespace redstart::command_detail {

std::string_view word_of(list_end end) noexcept { return end == list_end::left ? "LEFT" : "RIGHT"; }

void add_lpos_options(any_command& lpos, lpos_options const& options)
{
    if (options.rank != 1)
        lpos.add("RANK", options.rank);
    if (options.look_at)
        lpos.add("MAXLEN", *options.look_at);
}

void add_block_time(any_command& built, std::chrono::milliseconds limit)
{
    assert(limit.count() >= 0 && "a time to wait, or wait_forever");
    built.add(std::chrono::duration<double>{limit}.count());
    built.set_block_time(limit);
}

}  // namespace redstart::command_detail
