#include "redstart/command/functions.hpp"

#include "redstart/command/reply_reading.hpp"

namespace redstart {

using namespace reply_reading;

function_library::function_library(std::string_view name, std::string_view code,
                                   std::string_view engine)
    : name_{name}
{
    text_.append("#!").append(engine).append(" name=").append(name).append("\n").append(code);
}

command<std::string> function_load(function_library const& library,
                                   function_load_options const& options)
{
    return function_load(library.text(), options);
}

command<std::string> function_load(std::string_view text, function_load_options const& options)
{
    command<std::string> built{command_id::function_load};
    if (options.replace)
        built.add("REPLACE");
    else
        built.mark_not_idempotent();
    built.add(text);
    return built;
}

command<ok> function_delete(std::string_view library)
{
    return make_command<ok>(command_id::function_delete, library);
}

command<ok> function_flush(flush_mode mode)
{
    command<ok> built{command_id::function_flush};
    if (mode != flush_mode::as_configured)
        built.add(word_of(mode));
    return built;
}

command<ok> function_kill() { return command<ok>{command_id::function_kill}; }

command<std::vector<std::byte>> function_dump()
{
    return command<std::vector<std::byte>>{command_id::function_dump};
}

command<ok> function_restore(std::span<std::byte const> dump, function_restore_policy policy)
{
    auto built =
        make_command<ok>(command_id::function_restore,
                         std::string_view{reinterpret_cast<char const*>(dump.data()), dump.size()});
    if (policy == function_restore_policy::append)
        built.mark_not_idempotent();
    else
        built.add(policy == function_restore_policy::flush ? "FLUSH" : "REPLACE");
    return built;
}

command<std::vector<function_library_info>> function_list(function_list_options const& options)
{
    command<std::vector<function_library_info>> built{command_id::function_list};
    if (!options.library.empty())
        built.add("LIBRARYNAME", options.library);
    if (options.with_code)
        built.add("WITHCODE");
    return built;
}

command<function_statistics> function_stats()
{
    return command<function_statistics>{command_id::function_stats};
}

bool read_reply(reply_value const& whole, function_info& out)
{
    std::optional<std::string> description;
    bool const fits = record_reader{whole}
                          .need("name", out.name)
                          .need("description", description)
                          .need("flags", out.flags)
                          .fits();
    out.description = std::move(description).value_or("");
    return fits;
}

bool read_reply(reply_value const& whole, function_library_info& out)
{
    return record_reader{whole}
        .need("library_name", out.name)
        .need("engine", out.engine)
        .need("functions", out.functions)
        .may("library_code", out.code)
        .fits();
}

bool read_reply(reply_value const& whole, running_function& out)
{
    return record_reader{whole}
        .need("name", out.name)
        .need("command", out.command)
        .need("duration_ms",
              [&](reply_value const& v) {
                  return read_duration<std::chrono::milliseconds>(v, out.duration);
              })
        .fits();
}

bool read_reply(reply_value const& whole, function_engine& out)
{
    return record_reader{whole}
        .need("libraries_count", out.libraries)
        .need("functions_count", out.functions)
        .fits();
}

bool read_reply(reply_value const& whole, function_statistics& out)
{
    return record_reader{whole}
        .need("running_script", out.running)
        .need("engines", out.engines)
        .fits();
}

}  // namespace redstart
