// What the reader and the writer of JSON know about a C++ type: a constant table, one per type.
//
// The tables let both be ordinary functions, compiled once, instead of templates over every type.
// Each function pointer takes the object that its table describes as void*; a table is only ever
// used with objects of its own type.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace redstart::codec {

enum class json_kind : std::uint8_t {
    boolean,
    integer,
    real,
    string,
    enumeration,
    raw,
    optional,
    list,        // grows by one element at a time
    array,       // has `count` elements
    dictionary,  // names are values of the object
    object,      // names are fixed
};

struct json_shape;

struct json_member {
    std::string_view name;
    json_shape const* shape = nullptr;
    void* (*address)(void* object) = nullptr;
};

struct json_enumerator {
    std::string_view name;
    std::uint64_t bits = 0;
};

// An element of a dictionary. The name lives as long as the element.
struct json_entry {
    std::string_view name;
    void* value = nullptr;
};

class json_entry_visitor {
public:
    virtual void visit(std::string_view name, void const* value) = 0;

protected:
    ~json_entry_visitor() = default;
};

struct json_integer_range {
    std::int64_t lowest = 0;
    std::uint64_t highest = 0;
};

// How to reach into an object; a kind sets what it needs and leaves the rest null.
struct json_access {
    // integer, enumeration: the value, its sign extended to 64 bits
    std::uint64_t (*load)(void const* object) = nullptr;
    void (*store)(void* object, std::uint64_t bits) = nullptr;
    // real: false if the text is out of range; false if the value is not finite
    bool (*read_real)(std::string_view text, void* object) = nullptr;
    bool (*append_real)(void const* object, std::string& out) = nullptr;
    // optional, list, dictionary
    void (*clear)(void* object) = nullptr;
    // optional, list: makes a new element
    void* (*add)(void* object) = nullptr;
    // optional, list, array: null past the end
    void const* (*element)(void const* object, std::size_t index) = nullptr;
    // dictionary: makes a new element; its value is null if the name is taken
    json_entry (*insert)(void* object, std::string_view name) = nullptr;
    void (*each)(void const* object, json_entry_visitor& visitor) = nullptr;
};

struct json_shape {
    json_kind kind{};
    json_shape const* element = nullptr;             // of an optional, list, array, dictionary
    std::size_t count = 0;                           // of an array
    json_integer_range range{};                      // of an integer
    std::span<json_member const> members{};          // of an object
    std::span<json_enumerator const> enumerators{};  // of an enumeration
    json_access access{};
};

}  // namespace redstart::codec
