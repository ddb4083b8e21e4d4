#include "redstart/command/server.hpp"

#include "redstart/command/reply_reading.hpp"

namespace redstart {

using namespace reply_reading;

namespace {

command<ok> flush(command_id id, flush_mode mode)
{
    command<ok> built{id};
    if (mode != flush_mode::as_configured)
        built.add(word_of(mode));
    return built;
}

}  // namespace

command<std::string> ping() { return command<std::string>{command_id::ping}; }

command<std::string> echo(std::string_view text)
{
    return make_command<std::string>(command_id::echo, text);
}

command<server_info> info() { return command<server_info>{command_id::info}; }

command<server_info> info(one_or_more<std::string_view> sections)
{
    return make_command<server_info>(command_id::info, sections);
}

command<server_clock> time() { return command<server_clock>{command_id::time}; }

command<std::int64_t> dbsize() { return command<std::int64_t>{command_id::dbsize}; }
command<ok> flushdb(flush_mode mode) { return flush(command_id::flushdb, mode); }
command<ok> flushall(flush_mode mode) { return flush(command_id::flushall, mode); }

command<ok> swapdb(std::int64_t one, std::int64_t other)
{
    return make_command<ok>(command_id::swapdb, one, other);
}

command<ok> save() { return command<ok>{command_id::save}; }

command<ignored> bgsave(bgsave_options const& options)
{
    command<ignored> built{command_id::bgsave};
    if (options.schedule)
        built.add("SCHEDULE");
    return built;
}

command<ignored> bgrewriteaof() { return command<ignored>{command_id::bgrewriteaof}; }

command<save_time> lastsave() { return command<save_time>{command_id::lastsave}; }

command<server_role> role() { return command<server_role>{command_id::role}; }

command<ok> replicaof(std::string_view host, std::uint16_t port)
{
    return make_command<ok>(command_id::replicaof, host, port);
}

command<ok> replicaof_no_one() { return make_command<ok>(command_id::replicaof, "NO", "ONE"); }

command<ok> failover(failover_options const& options)
{
    command<ok> built{command_id::failover};
    if (!options.host.empty())
        built.add("TO", options.host, options.port);
    if (options.force)
        built.add("FORCE");
    if (options.timeout.count() > 0)
        built.add("TIMEOUT", options.timeout.count());
    return built;
}

command<ok> failover_abort() { return make_command<ok>(command_id::failover, "ABORT"); }

command<std::string> lolwut() { return command<std::string>{command_id::lolwut}; }

// ---- Replies ------------------------------------------------------------------------------------

bool read_reply(reply_value const& whole, server_clock& out)
{
    std::int64_t seconds = 0;
    std::int64_t microseconds = 0;
    bool const fits = read_row(whole, seconds, microseconds);
    out.now = std::chrono::sys_time<std::chrono::microseconds>{
        std::chrono::seconds{seconds} + std::chrono::microseconds{microseconds}};
    return fits;
}

bool read_reply(reply_value const& whole, save_time& out)
{
    auto const seconds = whole.integer();
    out.at = std::chrono::sys_seconds{std::chrono::seconds{seconds.value_or(0)}};
    return seconds.has_value();
}

bool read_reply(reply_value const& whole, replica_state& out)
{
    return read_row(whole, out.host, out.port, out.offset);
}

bool read_reply(reply_value const& whole, server_role& out)
{
    std::string name;
    if (!read_row(whole, name))
        return false;
    if (name == "master")
        return read_row(whole, name, out.offset, out.replicas);
    if (name == "sentinel") {
        out.is = server_role::kind::sentinel;
        return read_row(whole, name, out.primary_names);
    }
    out.is = server_role::kind::replica;
    return name == "slave" &&
           read_row(whole, name, out.primary_host, out.primary_port, out.link, out.offset);
}

}  // namespace redstart
