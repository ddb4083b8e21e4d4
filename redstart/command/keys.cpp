#include "redstart/command/keys.hpp"

#include "redstart/base/failure.hpp"

#include <cassert>

namespace redstart {

namespace command_detail {

namespace {

std::string_view word_of(expire_options::when condition)
{
    using when = expire_options::when;
    switch (condition) {
    case when::if_none: return "NX";
    case when::if_any: return "XX";
    case when::if_later: return "GT";
    case when::if_sooner: return "LT";
    case when::always: break;
    }
    return {};
}

}  // namespace

void add_condition(any_command& built, expire_options const& options)
{
    auto const word = word_of(options.condition);
    if (word.empty())
        return;
    built.add(word);
    built.mark_not_idempotent();
}

void add_ttl(any_command& built, std::chrono::milliseconds ttl, expire_options const& options)
{
    built.add(ttl.count());
    if (ttl.count() <= 0)
        built.mark_not_idempotent();  // it deletes
    add_condition(built, options);
}

void add_end(any_command& built, end_time at, expire_options const& options)
{
    built.add(at.milliseconds_since_1970());
    built.mark_not_idempotent();  // one in the past deletes
    add_condition(built, options);
}

void add_copy_options(any_command& copy, copy_options const& options)
{
    if (options.database)
        copy.add("DB", *options.database);
    if (options.replace)
        copy.add("REPLACE");
}

void add_scan_options(any_command& scan, scan_options const& options)
{
    if (!options.match.empty())
        scan.add("MATCH", options.match);
    if (options.count)
        scan.add("COUNT", *options.count);
    if (!options.type.empty())
        scan.add("TYPE", options.type);
}

void add_restore_arguments(any_command& restore, std::string_view payload,
                           restore_options const& options)
{
    assert(!(options.ttl && options.expires_at) && "a time to live or an end, not both");
    assert(!(options.idle_time && options.frequency) && "one way to evict it, not both");
    constexpr std::int64_t never = 0;
    std::int64_t end = options.ttl ? options.ttl->count() : never;
    if (options.expires_at)
        end = options.expires_at->milliseconds_since_1970();
    if (end == never && (options.ttl || options.expires_at))
        throw failure{{.code = failure_code::invalid_argument,
                       .command = std::string{restore.info().name},
                       .reason = "an end of zero would mean none to the server",
                       .server_text = {}}};
    restore.add(end, payload);
    if (options.replace)
        restore.add("REPLACE");
    if (options.expires_at)
        restore.add("ABSTTL");
    if (options.idle_time)
        restore.add("IDLETIME", options.idle_time->count());
    if (options.frequency)
        restore.add("FREQ", *options.frequency);
}

void add_migrate_target(any_command& migrate, migrate_target const& target)
{
    migrate.add(target.host, target.port, "", target.database, target.timeout.count());
    if (target.copy)
        migrate.add("COPY");
    if (target.replace)
        migrate.add("REPLACE");
    if (!target.user.empty())
        migrate.add("AUTH2", target.user, target.password);
    else if (!target.password.empty())
        migrate.add("AUTH", target.password);
}

}  // namespace command_detail

command<scan_page<std::string>> scan(std::uint64_t cursor, scan_options const& options)
{
    auto built = make_command<scan_page<std::string>>(command_id::scan, cursor);
    command_detail::add_scan_options(built, options);
    return built;
}

decode_step decoder<migration>::feed(wire::token const& t, text_assembly& parts)
{
    if (!t.is_string())
        return decode_step::mismatch;
    auto const whole = parts.add(t);
    if (!whole)
        return decode_step::more;
    value_ = *whole == "OK" ? migration::done : migration::no_key;
    return *whole == "OK" || *whole == "NOKEY" ? decode_step::done : decode_step::mismatch;
}

}  // namespace redstart
