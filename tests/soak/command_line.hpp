// Options of the programs of this folder: "--name number".

#pragma once

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <map>
#include <string_view>

namespace redstart::soak {

// The defaults, with what the command line says instead. Ends the program when it says anything else.
inline std::map<std::string_view, std::uint64_t> read_options(
    int count, char** arguments, std::map<std::string_view, std::uint64_t> values)
{
    for (int i = 1; i < count; i += 2) {
        auto const found = values.find(arguments[i]);
        std::string_view const text = i + 1 < count ? arguments[i + 1] : "";
        auto const end = text.data() + text.size();
        if (found != values.end() && !text.empty() &&
            std::from_chars(text.data(), end, found->second).ptr == end)
            continue;
        std::cerr << "usage: " << arguments[0];
        for (auto const& [name, value] : values)
            std::cerr << " [" << name << " N]";
        std::cerr << '\n';
        std::exit(2);
    }
    return values;
}

}  // namespace redstart::soak
