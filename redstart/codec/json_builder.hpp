// Builds an object from the events of a JSON parser, guided by the tables of its type.
//
// The parser guarantees the grammar and the depth, so events arrive properly nested; the builder
// checks everything that depends on the type. After the first error it must not be called again.

#pragma once

#include "redstart/codec/json_error.hpp"
#include "redstart/codec/json_shape.hpp"
#include "redstart/codec/raw_json.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace redstart::codec {

// Not movable: frames point into the object that is being built. Text that it is given is not kept.
class json_builder {
public:
    json_builder(json_shape const& shape, void* object, json_limits const& limits);
    json_builder(json_builder const&) = delete;
    json_builder& operator=(json_builder const&) = delete;
    ~json_builder() = default;

    // One event each. False after an error.
    bool begin_object();
    bool end_object();
    bool begin_array();
    bool end_array();
    bool key(std::string_view name);
    bool string(std::string_view text);
    bool number(std::string_view text);  // as it was written
    bool boolean(bool value);
    bool null();

    bool failed() const noexcept { return failed_; }
    json_error const& error() const noexcept { return error_; }

private:
    struct place {
        json_shape const* shape = nullptr;
        void* object = nullptr;
    };

    // An array or object that is open.
    struct frame {
        place self;
        place next;              // of a dictionary or object: where the value of the last name goes
        std::string_view name;   // the last one; it lives in the tables or in the dictionary
        std::size_t index = 0;   // elements that have begun; of an object: the member to expect
        std::uint64_t seen = 0;  // a bit for each member of an object
    };

    place next_place();
    place value_place();
    bool open(place at, json_kind expected, std::string_view found);
    bool member_key(frame& top, std::string_view name);
    bool dictionary_key(frame& top, std::string_view name);

    bool pass(std::string_view scalar);
    bool pass_begin(char bracket);
    bool pass_end(char bracket);
    void begin_passing(raw_json* copy);
    void separate();
    void finish_passing();

    bool fail(std::string reason);
    bool mismatch(json_shape const& expected, std::string_view found);
    std::string path() const;

    bool const unknown_members_;
    place const root_;
    std::vector<frame> frames_;
    json_error error_;
    bool failed_ = false;

    // A value without a table: copied into a raw_json, or read over when there is none.
    bool passing_ = false;
    raw_json* copy_ = nullptr;
    std::size_t pass_depth_ = 0;
    std::string copied_;
};

}  // namespace redstart::codec
