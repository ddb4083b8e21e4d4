#include "redstart/command/connections.hpp"

#include "redstart/base/failure.hpp"
#include "redstart/command/reply_reading.hpp"

#include <array>

namespace redstart {

namespace {

std::string_view word_of(connection_type type)
{
    constexpr std::array<std::string_view, 5> words{"", "NORMAL", "MASTER", "REPLICA", "PUBSUB"};
    return words[static_cast<std::size_t>(type)];
}

bool read_number(std::string_view text, std::int64_t& out)
{
    return codec::read_integer(text, out);
}

bool read_seconds(std::string_view text, std::chrono::seconds& out)
{
    std::int64_t count = 0;
    bool const fits = codec::read_integer(text, count);
    out = std::chrono::seconds{count};
    return fits;
}

struct text_field {
    std::string_view name;
    std::string connection_info::* member;
};
constexpr auto text_fields = std::to_array<text_field>({
    {"addr", &connection_info::address},
    {"laddr", &connection_info::local_address},
    {"name", &connection_info::name},
    {"user", &connection_info::user},
    {"flags", &connection_info::flags},
    {"cmd", &connection_info::last_command},
    {"lib-name", &connection_info::library_name},
    {"lib-ver", &connection_info::library_version},
});

struct number_field {
    std::string_view name;
    std::int64_t connection_info::* member;
};
constexpr auto number_fields = std::to_array<number_field>({
    {"id", &connection_info::id},
    {"db", &connection_info::database},
    {"sub", &connection_info::channels},
    {"psub", &connection_info::patterns},
    {"ssub", &connection_info::shard_channels},
    {"multi", &connection_info::queued},
    {"watch", &connection_info::watched_keys},
    {"omem", &connection_info::output_bytes},
    {"tot-mem", &connection_info::memory_bytes},
    {"resp", &connection_info::protocol},
});

// A name that is not known says nothing.
bool read_field(std::string_view name, std::string_view value, connection_info& out)
{
    for (auto const& field : text_fields)
        if (field.name == name)
            out.*field.member = value;
    for (auto const& field : number_fields)
        if (field.name == name)
            return read_number(value, out.*field.member);
    if (name == "age")
        return read_seconds(value, out.age);
    return name != "idle" || read_seconds(value, out.idle);
}

// "id=3 addr=127.0.0.1:5 name= …": a value has no blanks.
bool read_line(std::string_view line, connection_info& out)
{
    while (!line.empty()) {
        auto const field = line.substr(0, line.find(' '));
        auto const equals = field.find('=');
        if (equals != std::string_view::npos &&
            !read_field(field.substr(0, equals), field.substr(equals + 1), out))
            return false;
        line.remove_prefix(std::min(line.size(), field.size() + 1));
    }
    return out.id != 0;
}

}  // namespace

bool read_reply(reply_value const& whole, connection_info& out)
{
    auto const& text = whole.text();
    return whole.is() == reply_value::kind::text &&
           read_line(std::string_view{text}.substr(0, text.find('\n')), out);
}

bool read_reply(reply_value const& whole, connection_list& out)
{
    std::string_view rest = whole.text();
    while (!rest.empty()) {
        auto const line = rest.substr(0, rest.find('\n'));
        if (!line.empty() && !read_line(line, out.emplace_back()))
            return false;
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    }
    return whole.is() == reply_value::kind::text;
}

bool read_reply(reply_value const& whole, tracking_info& out)
{
    return reply_reading::record_reader{whole}
        .need("flags", out.flags)
        .need("redirect", out.redirect)
        .need("prefixes", out.prefixes)
        .fits();
}

command<std::int64_t> client_id() { return command<std::int64_t>{command_id::client_id}; }

command<connection_info> client_info() { return command<connection_info>{command_id::client_info}; }

command<std::optional<std::string>> client_getname()
{
    return command<std::optional<std::string>>{command_id::client_getname};
}

command<std::int64_t> client_getredir()
{
    return command<std::int64_t>{command_id::client_getredir};
}

command<tracking_info> client_trackinginfo()
{
    return command<tracking_info>{command_id::client_trackinginfo};
}

command<connection_list> client_list(connection_type type)
{
    command<connection_list> built{command_id::client_list};
    if (type != connection_type::any)
        built.add("TYPE", word_of(type));
    return built;
}

command<connection_list> client_list(one_or_more<std::int64_t> ids)
{
    return make_command<connection_list>(command_id::client_list, "ID", ids);
}

command<std::int64_t> client_kill(connection_filter const& filter)
{
    command<std::int64_t> built{command_id::client_kill};
    auto const words = built.request().arguments();
    if (filter.id)
        built.add("ID", *filter.id);
    if (!filter.address.empty())
        built.add("ADDR", filter.address);
    if (!filter.local_address.empty())
        built.add("LADDR", filter.local_address);
    if (!filter.user.empty())
        built.add("USER", filter.user);
    if (filter.type != connection_type::any)
        built.add("TYPE", word_of(filter.type));
    if (built.request().arguments() == words)
        throw failure{{.code = failure_code::invalid_argument,
                       .command = std::string{built.info().name},
                       .reason = "a filter must say which connections are meant",
                       .server_text = {}}};
    if (filter.this_one_too)
        built.add("SKIPME", "NO");
    return built;
}

command<bool> client_unblock(std::int64_t id, unblocked_with how)
{
    auto built = make_command<bool>(command_id::client_unblock, id);
    if (how == unblocked_with::error)
        built.add("ERROR");
    return built;
}

command<ok> client_pause(std::chrono::milliseconds time, paused_commands which)
{
    auto built = make_command<ok>(command_id::client_pause, time.count());
    if (which == paused_commands::writes)
        built.add("WRITE");
    return built;
}

command<ok> client_unpause() { return command<ok>{command_id::client_unpause}; }

}  // namespace redstart
