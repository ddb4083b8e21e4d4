#include "redstart/command/command_list.hpp"

#include "redstart/command/reply_reading.hpp"

namespace redstart {

using namespace reply_reading;

namespace {

using texts = std::vector<std::string>;

template <class Reply>
command<Reply> about(command_id id, any_command const& what)
{
    command<Reply> built{id};
    for (std::uint32_t i = 0; i < what.request().arguments(); ++i)
        built.add(what.request().argument(i));
    return built;
}

// Names, and maps or lists of what is said about each.
bool read_documentations(reply_value const& whole, std::vector<command_documentation>& out)
{
    auto const items = whole.items();
    for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
        auto& one = out.emplace_back();
        one.name = items[i].text();
        auto const copy_tree = [&](reply_value const& tree) {
            one.arguments = tree;
            return true;
        };
        auto const read_more = [&](reply_value const& more) {
            return read_documentations(more, one.subcommands);
        };
        if (!record_reader{items[i + 1]}
                 .may("summary", one.summary)
                 .may("since", one.since)
                 .may("group", one.group)
                 .may("complexity", one.complexity)
                 .may("deprecated_since", one.deprecated_since)
                 .may("replaced_by", one.replaced_by)
                 .may("doc_flags", one.documentation_flags)
                 .may("arguments", copy_tree)
                 .may("subcommands", read_more)
                 .fits())
            return false;
    }
    return whole.has_items() && items.size() % 2 == 0;
}

}  // namespace

command<std::int64_t> command_count() { return command<std::int64_t>{command_id::command_count}; }

command<texts> command_list() { return command<texts>{command_id::command_list}; }

command<texts> command_list(command_filter const& filter)
{
    command<texts> built{command_id::command_list};
    if (!filter.module.empty())
        built.add("FILTERBY", "MODULE", filter.module);
    else if (!filter.category.empty())
        built.add("FILTERBY", "ACLCAT", filter.category);
    else if (!filter.pattern.empty())
        built.add("FILTERBY", "PATTERN", filter.pattern);
    return built;
}

command<std::vector<std::optional<server_command>>> command_infos()
{
    return command<std::vector<std::optional<server_command>>>{command_id::command_info};
}

command<std::vector<std::optional<server_command>>> command_infos(
    one_or_more<std::string_view> names)
{
    return make_command<std::vector<std::optional<server_command>>>(command_id::command_info,
                                                                    names);
}

command<command_documentations> command_docs(one_or_more<std::string_view> names)
{
    return make_command<command_documentations>(command_id::command_docs, names);
}

command<texts> command_getkeys(any_command const& what)
{
    return about<texts>(command_id::command_getkeys, what);
}

command<std::vector<key_use>> command_getkeysandflags(any_command const& what)
{
    return about<std::vector<key_use>>(command_id::command_getkeysandflags, what);
}

command<std::vector<module_info>> module_list()
{
    return command<std::vector<module_info>>{command_id::module_list};
}

command<ok> module_load(std::string_view path)
{
    return make_command<ok>(command_id::module_load, path);
}

command<ok> module_load(std::string_view path, one_or_more<std::string_view> arguments)
{
    return make_command<ok>(command_id::module_load, path, arguments);
}

command<ok> module_loadex(std::string_view path, module_settings const& settings)
{
    auto built = make_command<ok>(command_id::module_loadex, path);
    for (auto const& [name, value] : settings.configuration)
        built.add("CONFIG", name, value);
    if (!settings.arguments.empty())
        built.add("ARGS", one_or_more<std::string_view>{settings.arguments});
    return built;
}

command<ok> module_unload(std::string_view name)
{
    return make_command<ok>(command_id::module_unload, name);
}

// ---- Replies ------------------------------------------------------------------------------------

bool read_reply(reply_value const& whole, server_command& out)
{
    constexpr std::size_t subcommands = 9;  // after tips and key specifications
    return read_row(whole, out.name, out.arity, out.flags, out.first_key, out.last_key,
                    out.key_step, out.categories) &&
           (whole.items().size() <= subcommands ||
            read_value(whole.items()[subcommands], out.subcommands));
}

bool read_reply(reply_value const& whole, command_documentations& out)
{
    return read_documentations(whole, out);
}

bool read_reply(reply_value const& whole, key_use& out)
{
    return read_row(whole, out.key, out.flags);
}

bool read_reply(reply_value const& whole, module_info& out)
{
    return record_reader{whole}
        .need("name", out.name)
        .need("ver", out.version)
        .may("path", out.path)
        .may("args", out.arguments)
        .fits();
}

}  // namespace redstart
