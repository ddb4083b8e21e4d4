#include "redstart/command/info.hpp"

#include "redstart/command/command_table.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

namespace redstart {

namespace {

using command_table::rows;

template <std::size_t... Index>
consteval auto encode_names(std::index_sequence<Index...>)
{
    return std::array<wire::encoded_name, sizeof...(Index)>{
        wire::encoded_name{Index == 0 ? "UNKNOWN" : rows[Index].name.data()}...};
}

constexpr auto encoded_names = encode_names(std::make_index_sequence<rows.size()>{});

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

bool comes_before(std::string_view a, std::string_view b)
{
    return std::ranges::lexicographical_compare(a, b, {}, upper, upper);
}

}  // namespace

command_info const& info_of(command_id id) noexcept { return rows[static_cast<std::size_t>(id)]; }

wire::encoded_name const& encoded_name_of(command_id id) noexcept
{
    assert(id != command_id::unknown);
    return encoded_names[static_cast<std::size_t>(id)];
}

command_id find_command(std::string_view name) noexcept
{
    auto const found = std::ranges::lower_bound(rows, name, comes_before,
                                                [](auto const& row) { return row.name; });
    if (found != rows.end() && !comes_before(name, found->name))
        return static_cast<command_id>(found - rows.begin());
    // A subcommand that is not listed is as dangerous as its command.
    auto const blank = name.find(' ');
    return blank == std::string_view::npos ? command_id::unknown
                                           : find_command(name.substr(0, blank));
}

}  // namespace redstart
