#include "redstart/command/streams.hpp"

#include "redstart/base/failure.hpp"

namespace redstart::stream_detail {

void add_trim(any_command& built, stream_trim const& trim)
{
    if (trim.max_length.has_value() == trim.min_id.has_value())
        throw failure{{.code = failure_code::invalid_argument,
                       .command = std::string{built.info().name},
                       .reason = "a stream is trimmed to a length or to an id, and to one of them",
                       .server_text = {}}};
    built.add(trim.max_length ? "MAXLEN" : "MINID", trim.exact ? "=" : "~");
    if (trim.max_length)
        built.add(*trim.max_length);
    else
        built.add(*trim.min_id);
    if (trim.limit > 0 && !trim.exact)
        built.add("LIMIT", trim.limit);
}

void begin_xadd(any_command& xadd, std::string_view key, bool make_stream,
                xadd_options const& options)
{
    xadd.add(key);
    if (!make_stream)
        xadd.add("NOMKSTREAM");
    if (options.trim)
        add_trim(xadd, *options.trim);
    if (options.id)
        xadd.add(*options.id);
    else
        xadd.add("*");
}

void add_reading(any_command& xread, std::uint64_t count,
                 std::optional<std::chrono::milliseconds> block)
{
    if (count > 0)
        xread.add("COUNT", count);
    if (!block) {
        xread.mark_not_blocking();
        return;
    }
    xread.add("BLOCK", block->count());
    xread.set_block_time(*block);
}

}  // namespace redstart::stream_detail
