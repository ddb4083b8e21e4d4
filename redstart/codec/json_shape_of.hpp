// The table of each C++ type that JSON can hold. Nested types refer to each other's tables by
// address, so a type may contain itself through a vector or a map.

#pragma once

#include "redstart/codec/described.hpp"
#include "redstart/codec/json_shape.hpp"
#include "redstart/codec/number.hpp"
#include "redstart/codec/raw_json.hpp"

#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace redstart::codec {

// Makes the table: `static consteval json_shape make()`. Left undefined for types that JSON cannot
// hold.
template <class T>
struct json_shape_of;

template <class T>
concept json_type = requires { typename json_shape_of<T>::self; };

template <class T>
consteval json_shape make_json_shape()
{
    static_assert(json_type<T>,
                  "JSON has no form for this type: describe it with BOOST_DESCRIBE_STRUCT or "
                  "BOOST_DESCRIBE_ENUM, or hold it as codec::raw_json");
    return json_shape_of<T>::make();
}

// The table itself.
template <class T>
inline constexpr json_shape json_shape_v = make_json_shape<T>();

template <class T>
T& json_object(void* object) noexcept
{
    return *static_cast<T*>(object);
}

template <class T>
T const& json_object(void const* object) noexcept
{
    return *static_cast<T const*>(object);
}

template <>
struct json_shape_of<bool> {
    using self = bool;
    static consteval json_shape make() { return {.kind = json_kind::boolean}; }
};

template <>
struct json_shape_of<std::string> {
    using self = std::string;
    static consteval json_shape make() { return {.kind = json_kind::string}; }
};

template <>
struct json_shape_of<raw_json> {
    using self = raw_json;
    static consteval json_shape make() { return {.kind = json_kind::raw}; }
};

// Integers and enumerations: any value of either, as 64 bits.
template <class T>
struct json_bits {
    static std::uint64_t load(void const* object)
    {
        if constexpr (std::is_enum_v<T>)
            return static_cast<std::uint64_t>(std::to_underlying(json_object<T>(object)));
        else
            return static_cast<std::uint64_t>(json_object<T>(object));
    }

    static void store(void* object, std::uint64_t bits)
    {
        json_object<T>(object) = static_cast<T>(bits);
    }

    static constexpr json_access access{.load = load, .store = store};
};

template <integer_number T>
struct json_shape_of<T> {
    using self = T;
    static consteval json_shape make()
    {
        return {.kind = json_kind::integer,
                .range = {.lowest = std::numeric_limits<T>::min(),
                          .highest = std::numeric_limits<T>::max()},
                .access = json_bits<T>::access};
    }
};

template <real_number T>
struct json_shape_of<T> {
    using self = T;

    static bool read(std::string_view text, void* object)
    {
        return read_real(text, json_object<T>(object));
    }

    static bool append(void const* object, std::string& out)
    {
        auto const value = json_object<T>(object);
        if (!std::isfinite(value))
            return false;
        append_real(value, out);
        return true;
    }

    static consteval json_shape make()
    {
        return {.kind = json_kind::real, .access = {.read_real = read, .append_real = append}};
    }
};

template <class Descriptors>
struct json_enumerators;

template <template <class...> class List, class... Enumerator>
struct json_enumerators<List<Enumerator...>> {
    static constexpr std::array<json_enumerator, sizeof...(Enumerator)> table{json_enumerator{
        .name = Enumerator::name,
        .bits = static_cast<std::uint64_t>(std::to_underlying(Enumerator::value))}...};
};

template <described_enum T>
struct json_shape_of<T> {
    using self = T;

    static consteval json_shape make()
    {
        using known = json_enumerators<boost::describe::describe_enumerators<T>>;
        return {.kind = json_kind::enumeration,
                .enumerators = known::table,
                .access = json_bits<T>::access};
    }
};

template <class T, class Descriptors>
struct json_members;

template <class T, template <class...> class List, class... Member>
struct json_members<T, List<Member...>> {
    static_assert(sizeof...(Member) <= 64, "the reader keeps track of 64 members at most");

    template <class One>
    using type_of = std::remove_reference_t<decltype(std::declval<T&>().*One::pointer)>;

    template <class One>
    static void* address(void* object)
    {
        return &(json_object<T>(object).*One::pointer);
    }

    static constexpr std::array<json_member, sizeof...(Member)> table{
        json_member{.name = Member::name,
                    .shape = &json_shape_v<type_of<Member>>,
                    .address = address<Member>}...};
};

template <described_struct T>
struct json_shape_of<T> {
    using self = T;

    static consteval json_shape make()
    {
        using namespace boost::describe;
        using known = json_members<T, describe_members<T, mod_public | mod_inherited>>;
        return {.kind = json_kind::object, .members = known::table};
    }
};

template <class T>
struct json_shape_of<std::optional<T>> {
    using self = std::optional<T>;
    static_assert(
        !requires {
            typename T::value_type;
            requires std::same_as<T, std::optional<typename T::value_type>>;
        }, "JSON cannot tell an empty optional from an optional that holds an empty one");

    static void clear(void* object) { json_object<self>(object).reset(); }
    static void* add(void* object) { return &json_object<self>(object).emplace(); }

    static void const* element(void const* object, std::size_t index)
    {
        auto const& value = json_object<self>(object);
        return index == 0 && value ? &*value : nullptr;
    }

    static consteval json_shape make()
    {
        return {.kind = json_kind::optional,
                .element = &json_shape_v<T>,
                .access = {.clear = clear, .add = add, .element = element}};
    }
};

template <class T, class Allocator>
struct json_shape_of<std::vector<T, Allocator>> {
    using self = std::vector<T, Allocator>;
    static_assert(!std::same_as<T, bool>, "the elements of std::vector<bool> have no address");

    static void clear(void* object) { json_object<self>(object).clear(); }
    static void* add(void* object) { return &json_object<self>(object).emplace_back(); }

    static void const* element(void const* object, std::size_t index)
    {
        auto const& values = json_object<self>(object);
        return index < values.size() ? &values[index] : nullptr;
    }

    static consteval json_shape make()
    {
        return {.kind = json_kind::list,
                .element = &json_shape_v<T>,
                .access = {.clear = clear, .add = add, .element = element}};
    }
};

template <class T, std::size_t Count>
struct json_shape_of<std::array<T, Count>> {
    using self = std::array<T, Count>;

    static void const* element(void const* object, std::size_t index)
    {
        return index < Count ? json_object<self>(object).data() + index : nullptr;
    }

    static consteval json_shape make()
    {
        return {.kind = json_kind::array,
                .element = &json_shape_v<T>,
                .count = Count,
                .access = {.element = element}};
    }
};

template <class T, class Compare, class Allocator>
struct json_shape_of<std::map<std::string, T, Compare, Allocator>> {
    using self = std::map<std::string, T, Compare, Allocator>;

    static void clear(void* object) { json_object<self>(object).clear(); }

    static json_entry insert(void* object, std::string_view name)
    {
        auto const [place, fresh] = json_object<self>(object).try_emplace(std::string{name});
        return {.name = place->first, .value = fresh ? &place->second : nullptr};
    }

    static void each(void const* object, json_entry_visitor& visitor)
    {
        for (auto const& [name, value] : json_object<self>(object))
            visitor.visit(name, &value);
    }

    static consteval json_shape make()
    {
        return {.kind = json_kind::dictionary,
                .element = &json_shape_v<T>,
                .access = {.clear = clear, .insert = insert, .each = each}};
    }
};

}  // namespace redstart::codec
