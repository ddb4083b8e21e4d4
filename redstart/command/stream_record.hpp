// A described struct as the fields of a stream's entry: a member is a field, its value as text.
//
// A member that is std::optional is not sent when it is empty, and may be missing. Every other member must be there;
// fields that are no member are read over, so that writers may add some.

#pragma once

#include "redstart/codec/described.hpp"
#include "redstart/command/argument.hpp"
#include "redstart/command/decoder.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

namespace redstart::stream_detail {

// What is known of one member, so that reading and writing are plain functions.
struct record_member {
    std::string_view name;
    bool required = true;
    void (*append)(wire::request& request, std::string_view name, void const* record) = nullptr;
    bool (*read)(std::string_view text, void* record) = nullptr;
};

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class Record, class Member>
struct record_access {
    using type = std::remove_reference_t<decltype(std::declval<Record&>().*Member::pointer)>;

    static void append(wire::request& request, std::string_view name, void const* record)
    {
        auto const& value = static_cast<Record const*>(record)->*Member::pointer;
        if constexpr (is_optional<type>) {
            if (value)
                request.add(name), append_argument(request, *value);
        } else {
            request.add(name), append_argument(request, value);
        }
    }
    static bool read(std::string_view text, void* record)
    {
        auto& value = static_cast<Record*>(record)->*Member::pointer;
        if constexpr (is_optional<type>)
            return codec::text_codec<typename type::value_type>::read(text, value.emplace());
        else
            return codec::text_codec<type>::read(text, value);
    }
    static constexpr record_member row{
        .name = Member::name, .required = !is_optional<type>, .append = append, .read = read};
};

template <class Record, class Descriptors>
struct record_table;
template <class Record, template <class...> class List, class... Member>
struct record_table<Record, List<Member...>> {
    static_assert(sizeof...(Member) <= 64, "the reader keeps track of 64 members at most");
    static constexpr std::array<record_member, sizeof...(Member)> rows{
        record_access<Record, Member>::row...};
};

template <codec::described_struct Record>
constexpr std::span<record_member const> members_of() noexcept
{
    using namespace boost::describe;
    return record_table<Record, describe_members<Record, mod_public | mod_inherited>>::rows;
}

// Reads names and values into the members of one record, whose address is given each time: decoders move.
class record_reader {
public:
    explicit record_reader(std::span<record_member const> members) noexcept : members_{members} {}
    decode_step feed(wire::token const& t, text_assembly& parts, void* record);

private:
    decode_step close() const noexcept;

    std::span<record_member const> members_;
    std::uint64_t seen_ = 0;
    std::size_t at_ = 0;  // the member whose value comes next; size() for none
    bool open_ = false;
    bool value_next_ = false;
};

// As an argument: refers to the record, so it is for one expression.
template <class Record>
struct sent_record {
    Record const& record;
    void append_to(wire::request& request) const
    {
        for (auto const& member : members_of<Record>())
            member.append(request, member.name, &record);
    }
};

}  // namespace redstart::stream_detail
