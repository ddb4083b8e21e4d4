#include "redstart/command/stream_groups.hpp"

#include "redstart/command/reply_reading.hpp"

namespace redstart {

namespace stream_detail {

void begin_xreadgroup(any_command& xreadgroup, group_reading const& how)
{
    xreadgroup.add("GROUP", how.group, how.consumer);
    add_reading(xreadgroup, how.count, how.block);
    if (how.acknowledge_at_once)
        xreadgroup.add("NOACK");
    xreadgroup.add("STREAMS");
}

void begin_claim(any_command& built, std::string_view key, claiming const& how)
{
    built.add(key, how.group, how.consumer, how.min_idle.count());
}

void end_claim(any_command& built, claiming const& how)
{
    if (how.idle)
        built.add("IDLE", how.idle->count());
    if (how.deliveries)
        built.add("RETRYCOUNT", *how.deliveries);
    if (how.force)
        built.add("FORCE");
}

void add_autoclaim(any_command& built, std::string_view key, autoclaiming const& how)
{
    built.add(key, how.group, how.consumer, how.min_idle.count(), how.from);
    if (how.count > 0)
        built.add("COUNT", how.count);
}

}  // namespace stream_detail

using namespace reply_reading;

namespace {

struct pending_share {
    std::string consumer;
    std::uint64_t count = 0;  // comes as text
};

bool read_reply(reply_value const& whole, pending_share& out)
{
    return read_row(whole, out.consumer, out.count);
}

}  // namespace

bool read_reply(reply_value const& whole, pending_summary& out)
{
    // Without a pending entry the list of consumers is null.
    std::optional<std::vector<pending_share>> shares;
    if (!read_row(whole, out.count, out.first, out.last, shares))
        return false;
    for (auto& share : shares.value_or(std::vector<pending_share>{}))
        out.by_consumer.emplace_back(std::move(share.consumer), share.count);
    return true;
}

bool read_reply(reply_value const& whole, pending_entry& out)
{
    std::int64_t idle = 0;
    bool const fits = read_row(whole, out.id, out.consumer, idle, out.deliveries);
    out.idle = std::chrono::milliseconds{idle};
    return fits;
}

}  // namespace redstart
