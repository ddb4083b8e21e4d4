#include "redstart/command/acl.hpp"

#include "redstart/command/reply_reading.hpp"

namespace redstart {

using namespace reply_reading;

using texts = std::vector<std::string>;

command<texts> acl_cat() { return command<texts>{command_id::acl_cat}; }

command<texts> acl_cat(std::string_view category)
{
    return make_command<texts>(command_id::acl_cat, category);
}

command<ok> acl_setuser(std::string_view user, one_or_more<std::string_view> rules)
{
    return make_command<ok>(command_id::acl_setuser, user, rules);
}

command<std::int64_t> acl_deluser(one_or_more<std::string_view> users)
{
    return make_command<std::int64_t>(command_id::acl_deluser, users);
}

command<std::optional<acl_user>> acl_getuser(std::string_view user)
{
    return make_command<std::optional<acl_user>>(command_id::acl_getuser, user);
}

command<texts> acl_list() { return command<texts>{command_id::acl_list}; }
command<texts> acl_users() { return command<texts>{command_id::acl_users}; }
command<std::string> acl_whoami() { return command<std::string>{command_id::acl_whoami}; }

command<acl_verdict> acl_dryrun(std::string_view user, any_command const& what)
{
    auto built = make_command<acl_verdict>(command_id::acl_dryrun, user);
    for (std::uint32_t i = 0; i < what.request().arguments(); ++i)
        built.add(what.request().argument(i));
    return built;
}

command<std::string> acl_genpass(std::uint32_t bits)
{
    return make_command<std::string>(command_id::acl_genpass, bits);
}

command<ok> acl_load() { return command<ok>{command_id::acl_load}; }
command<ok> acl_save() { return command<ok>{command_id::acl_save}; }

command<std::vector<acl_log_entry>> acl_log(std::uint64_t count)
{
    return make_command<std::vector<acl_log_entry>>(command_id::acl_log, count);
}

command<ok> acl_log_reset() { return make_command<ok>(command_id::acl_log, "RESET"); }

// ---- Replies ------------------------------------------------------------------------------------

bool read_reply(reply_value const& whole, acl_selector& out)
{
    return record_reader{whole}
        .need("commands", out.commands)
        .need("keys", out.keys)
        .need("channels", out.channels)
        .fits();
}

bool read_reply(reply_value const& whole, acl_user& out)
{
    return read_reply(whole, out.root) && record_reader{whole}
                                              .need("flags", out.flags)
                                              .need("passwords", out.passwords)
                                              .may("selectors", out.selectors)
                                              .fits();
}

bool read_reply(reply_value const& whole, acl_verdict& out)
{
    out.is_allowed = whole.text() == "OK";
    if (!out.is_allowed)
        out.reason = whole.text();
    return whole.is() == reply_value::kind::text;
}

bool read_reply(reply_value const& whole, acl_log_entry& out)
{
    double seconds = 0;
    bool const fits = record_reader{whole}
                          .need("count", out.count)
                          .need("reason", out.reason)
                          .need("context", out.context)
                          .need("object", out.object)
                          .need("username", out.user)
                          .need("client-info", out.connection)
                          .need("age-seconds", seconds)
                          .fits();
    out.age = std::chrono::duration<double>{seconds};
    return fits;
}

}  // namespace redstart
