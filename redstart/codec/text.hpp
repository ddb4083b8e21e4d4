// A C++ value as the bytes of one Redis string, and back: what arguments, stored values and parts
// of keys are made of.
//
// Numbers are decimal text, so that INCR and Lua understand them; bool is 1 or 0; strings and bytes
// are themselves; described enumerations are their names; described structs are JSON. Specialise
// text_codec for a type of your own.

#pragma once

#include "redstart/codec/described.hpp"
#include "redstart/codec/json.hpp"
#include "redstart/codec/number.hpp"
#include "redstart/codec/raw_json.hpp"

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace redstart::codec {

// A specialisation has both of these, or the first alone. They are called on any thread.
//
//     static void append(T const& value, std::string& out);
//     static bool read(std::string_view text, T& out);
//
// append throws failure (invalid_argument) for a value that has no text. read gives false if the
// text is no such value; `out` may then hold anything.
template <class T>
struct text_codec;

// Can be written.
template <class T>
concept has_text_form =
    requires(T const& value, std::string& out) { text_codec<T>::append(value, out); };

// Can be written and read back.
template <class T>
concept has_text_codec = has_text_form<T> && requires(std::string_view text, T& out) {
    { text_codec<T>::read(text, out) } -> std::same_as<bool>;
};

template <number T>
struct text_codec<T> {
    static void append(T value, std::string& out) { append_number(value, out); }
    static bool read(std::string_view text, T& out) noexcept { return read_number(text, out); }
};

template <>
struct text_codec<bool> {
    static void append(bool value, std::string& out) { out += value ? '1' : '0'; }

    static bool read(std::string_view text, bool& out) noexcept
    {
        out = text == "1";
        return out || text == "0";
    }
};

template <>
struct text_codec<std::string> {
    static void append(std::string_view value, std::string& out) { out += value; }

    static bool read(std::string_view text, std::string& out)
    {
        out.assign(text);
        return true;
    }
};

// Cannot be read: it would refer to bytes that are gone.
template <>
struct text_codec<std::string_view> {
    static void append(std::string_view value, std::string& out) { out += value; }
};

template <>
struct text_codec<std::vector<std::byte>> {
    static void append(std::vector<std::byte> const& value, std::string& out);
    static bool read(std::string_view text, std::vector<std::byte>& out);
};

template <>
struct text_codec<raw_json> {
    static void append(raw_json const& value, std::string& out) { out += value.text(); }
    static bool read(std::string_view text, raw_json& out);
};

// The bodies for enumerations: the name without quotes.
void append_enumerator(json_shape const& shape, void const* object, std::string& out);
bool read_enumerator(std::string_view text, json_shape const& shape, void* object);

template <described_enum T>
struct text_codec<T> {
    static void append(T value, std::string& out)
    {
        append_enumerator(json_shape_v<T>, &value, out);
    }

    static bool read(std::string_view text, T& out)
    {
        return read_enumerator(text, json_shape_v<T>, &out);
    }
};

template <described_struct T>
struct text_codec<T> {
    static void append(T const& value, std::string& out) { append_json(value, out); }

    static bool read(std::string_view text, T& out)
    {
        auto value = from_json<T>(text);
        if (!value)
            return false;
        out = *std::move(value);
        return true;
    }
};

}  // namespace redstart::codec
