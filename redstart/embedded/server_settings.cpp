// What the server is told. It reads this from its standard input, so nothing of it appears in the
// list of processes.

#include "redstart/embedded/server_settings.hpp"

#include "redstart/embedded/start_error.hpp"

#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace redstart::embedded {

std::string quoted_setting(std::string_view const text)
{
    constexpr std::string_view hexadecimal = "0123456789abcdef";
    std::string quoted = "\"";
    for (char const c : text) {
        auto const byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            quoted += '\\';
            quoted += c;
        } else if (byte < 0x20 || byte == 0x7F) {
            quoted += "\\x";
            quoted += hexadecimal[byte >> 4U];
            quoted += hexadecimal[byte & 0xFU];
        } else {
            quoted += c;
        }
    }
    return quoted + '"';
}

std::string configuration_text(server_settings const& settings)
{
    std::string text = "port 0\n"
                       "unixsocketperm 700\n"
                       "daemonize no\n"
                       "supervised no\n"
                       "appendonly yes\n"
                       "appendfsync everysec\n"
                       "save \"\"\n"
                       "maxmemory-policy noeviction\n";
    text += "unixsocket " + quoted_setting(settings.socket.native()) + '\n';
    text += "dir " + quoted_setting(settings.data_dir.native()) + '\n';
    text += "logfile " + quoted_setting(settings.log.native()) + '\n';
    text += "maxmemory " + std::to_string(settings.max_memory) + '\n';
    for (auto const& line : settings.extra) {
        if (line.find_first_of(std::string_view{"\n\r\0", 3}) != std::string::npos)
            throw start_error{"a setting of the server is more than one line"};
        text += line + '\n';
    }
    return text;
}

std::uint64_t default_max_memory()
{
    constexpr std::uint64_t least = 64U * 1024U * 1024U;
    auto const pages = static_cast<std::uint64_t>(std::max(::sysconf(_SC_PHYS_PAGES), 0L));
    auto usable = pages * static_cast<std::uint64_t>(std::max(::sysconf(_SC_PAGESIZE), 0L));
    // "max" instead of a number means no limit, and leaves the stream failed.
    std::uint64_t group = 0;
    if (std::ifstream{"/sys/fs/cgroup/memory.max"} >> group)
        usable = std::min(usable, group);
    return std::max(usable / 4, least);
}

}  // namespace redstart::embedded
