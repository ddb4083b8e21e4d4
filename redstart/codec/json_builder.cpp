// Builds an object from the events of a JSON parser. Every value first asks where it goes
// (value_place): to a place with a table, or past all tables, into a raw_json or nowhere
// ("passing").

#include "redstart/codec/json_builder.hpp"

#include "redstart/codec/json_integer.hpp"
#include "redstart/codec/json_string.hpp"

#include <algorithm>
#include <utility>

namespace redstart::codec {
namespace {

std::string names_of(std::span<json_enumerator const> const enumerators)
{
    std::string names;
    for (auto const& enumerator : enumerators) {
        names += names.empty() ? "" : ", ";
        names += enumerator.name;
    }
    return names;
}

std::string expected_by(json_shape const& shape)
{
    switch (shape.kind) {
    case json_kind::boolean: return "a boolean";
    case json_kind::integer: return "an integer";
    case json_kind::real: return "a number";
    case json_kind::string: return "a string";
    case json_kind::enumeration: return "one of the strings " + names_of(shape.enumerators);
    case json_kind::list: return "an array";
    case json_kind::array: return "an array of " + std::to_string(shape.count);
    case json_kind::dictionary:
    case json_kind::object: return "an object";
    case json_kind::optional:
    case json_kind::raw: break;
    }
    std::unreachable();
}

void append_token(std::string_view const name, std::string& pointer)
{
    pointer += '/';
    for (char const c : name) {
        if (c == '~')
            pointer += "~0";
        else if (c == '/')
            pointer += "~1";
        else
            pointer += c;
    }
}

}  // namespace

json_builder::json_builder(json_shape const& shape, void* const object, json_limits const& limits)
    : unknown_members_{limits.unknown_members}, root_{&shape, object}
{
    frames_.reserve(std::min<std::size_t>(limits.depth, 8));
}

json_builder::place json_builder::next_place()
{
    if (frames_.empty())
        return root_;
    auto& top = frames_.back();
    auto const& shape = *top.self.shape;
    if (shape.kind == json_kind::list) {
        ++top.index;
        return {shape.element, shape.access.add(top.self.object)};
    }
    if (shape.kind != json_kind::array)
        return top.next;
    auto const* const element = shape.access.element(top.self.object, top.index++);
    if (element == nullptr) {
        frames_.pop_back();  // the array is wrong, not the element
        mismatch(shape, "more");
        return {};
    }
    return {shape.element, const_cast<void*>(element)};
}

// Where a value other than null goes. Without a shape it is passed, or there was an error.
json_builder::place json_builder::value_place()
{
    if (passing_)
        return {};
    auto at = next_place();
    if (at.shape == nullptr)
        return {};
    if (at.shape->kind == json_kind::optional)
        at = {at.shape->element, at.shape->access.add(at.object)};
    if (at.shape->kind != json_kind::raw)
        return at;
    begin_passing(static_cast<raw_json*>(at.object));
    return {};
}

bool json_builder::open(place const at, json_kind const expected, std::string_view const found)
{
    auto const kind = at.shape->kind;
    bool const variable = kind == json_kind::list || kind == json_kind::dictionary;
    bool const either =
        expected == json_kind::array ? kind == json_kind::list : kind == json_kind::dictionary;
    if (kind != expected && !either)
        return mismatch(*at.shape, found);
    if (variable)
        at.shape->access.clear(at.object);
    frames_.push_back({.self = at, .next = {}, .name = {}});
    return true;
}

bool json_builder::begin_object()
{
    auto const at = value_place();
    if (at.shape == nullptr)
        return !failed_ && pass_begin('{');
    return open(at, json_kind::object, "an object");
}

bool json_builder::begin_array()
{
    auto const at = value_place();
    if (at.shape == nullptr)
        return !failed_ && pass_begin('[');
    return open(at, json_kind::array, "an array");
}

bool json_builder::end_object()
{
    if (passing_)
        return pass_end('}');
    auto& top = frames_.back();
    auto const members = top.self.shape->members;
    for (std::size_t i = 0; i < members.size(); ++i) {
        bool const seen = ((top.seen >> i) & 1U) != 0;
        if (seen || members[i].shape->kind == json_kind::optional)
            continue;
        top.name = members[i].name;
        return fail("required, but missing");
    }
    frames_.pop_back();
    return true;
}

bool json_builder::end_array()
{
    if (passing_)
        return pass_end(']');
    auto const [shape, object] = frames_.back().self;
    auto const found = frames_.back().index;
    frames_.pop_back();
    if (shape->kind == json_kind::array && found < shape->count)
        return mismatch(*shape, "only " + std::to_string(found));
    return true;
}

bool json_builder::key(std::string_view const name)
{
    if (passing_) {
        if (copy_ != nullptr) {
            separate();
            append_json_string(name, copied_);
            copied_ += ':';
        }
        return true;
    }
    auto& top = frames_.back();
    return top.self.shape->kind == json_kind::object ? member_key(top, name)
                                                     : dictionary_key(top, name);
}

// Members mostly come in the order of their declaration, so that one is tried first.
bool json_builder::member_key(frame& top, std::string_view const name)
{
    auto const members = top.self.shape->members;
    auto at = top.index;
    if (at >= members.size() || members[at].name != name) {
        auto const found = std::ranges::find(members, name, &json_member::name);
        at = static_cast<std::size_t>(found - members.begin());
    }
    top.name = name;
    if (at == members.size()) {
        if (!unknown_members_)
            return fail("not known here");
        begin_passing(nullptr);
        return true;
    }
    auto const bit = std::uint64_t{1} << at;
    if ((top.seen & bit) != 0)
        return fail("given twice");
    top.seen |= bit;
    top.index = at + 1;
    top.name = members[at].name;
    top.next = {members[at].shape, members[at].address(top.self.object)};
    return true;
}

bool json_builder::dictionary_key(frame& top, std::string_view const name)
{
    auto const [kept, value] = top.self.shape->access.insert(top.self.object, name);
    top.name = kept;
    top.next = {top.self.shape->element, value};
    return value != nullptr || fail("given twice");
}

bool json_builder::string(std::string_view const text)
{
    auto const at = value_place();
    if (at.shape == nullptr) {
        if (failed_)
            return false;
        if (copy_ == nullptr)
            return pass({});
        std::string quoted;
        append_json_string(text, quoted);
        return pass(quoted);
    }
    if (at.shape->kind == json_kind::string) {
        static_cast<std::string*>(at.object)->assign(text);
        return true;
    }
    if (at.shape->kind != json_kind::enumeration)
        return mismatch(*at.shape, "a string");
    auto const enumerators = at.shape->enumerators;
    auto const found = std::ranges::find(enumerators, text, &json_enumerator::name);
    if (found == enumerators.end())
        return mismatch(*at.shape, "another one");
    at.shape->access.store(at.object, found->bits);
    return true;
}

bool json_builder::number(std::string_view const text)
{
    auto const at = value_place();
    if (at.shape == nullptr)
        return !failed_ && pass(text);
    if (at.shape->kind == json_kind::real)
        return at.shape->access.read_real(text, at.object) || fail("the number is out of range");
    if (at.shape->kind != json_kind::integer)
        return mismatch(*at.shape, "a number");
    std::uint64_t bits = 0;
    auto const range = at.shape->range;
    switch (integer_from_json(text, range, bits)) {
    case integer_fit::fits: at.shape->access.store(at.object, bits); return true;
    case integer_fit::not_whole: return mismatch(*at.shape, "a number with a fraction");
    case integer_fit::out_of_range: break;
    }
    return fail("the number is not between " + std::to_string(range.lowest) + " and " +
                std::to_string(range.highest));
}

bool json_builder::boolean(bool const value)
{
    auto const at = value_place();
    if (at.shape == nullptr)
        return !failed_ && pass(value ? "true" : "false");
    if (at.shape->kind != json_kind::boolean)
        return mismatch(*at.shape, "a boolean");
    *static_cast<bool*>(at.object) = value;
    return true;
}

bool json_builder::null()
{
    if (passing_)
        return pass("null");
    auto const at = next_place();
    if (at.shape == nullptr)
        return false;
    if (at.shape->kind == json_kind::optional) {
        at.shape->access.clear(at.object);
        return true;
    }
    if (at.shape->kind != json_kind::raw)
        return mismatch(*at.shape, "null");
    begin_passing(static_cast<raw_json*>(at.object));
    return pass("null");
}

void json_builder::begin_passing(raw_json* const copy)
{
    passing_ = true;
    copy_ = copy;
    pass_depth_ = 0;
    copied_.clear();
}

// A comma before all but the first. No part of JSON but these three ends in such a byte: strings
// end in a quote.
void json_builder::separate()
{
    if (!copied_.empty() && !std::string_view{"[{:"}.contains(copied_.back()))
        copied_ += ',';
}

bool json_builder::pass(std::string_view const scalar)
{
    if (copy_ != nullptr) {
        separate();
        copied_ += scalar;
    }
    if (pass_depth_ == 0)
        finish_passing();
    return true;
}

bool json_builder::pass_begin(char const bracket)
{
    if (copy_ != nullptr) {
        separate();
        copied_ += bracket;
    }
    ++pass_depth_;
    return true;
}

bool json_builder::pass_end(char const bracket)
{
    if (copy_ != nullptr)
        copied_ += bracket;
    --pass_depth_;
    if (pass_depth_ == 0)
        finish_passing();
    return true;
}

void json_builder::finish_passing()
{
    passing_ = false;
    if (copy_ != nullptr)
        *copy_ = raw_json{std::exchange(copied_, {})};
}

bool json_builder::fail(std::string reason)
{
    failed_ = true;
    error_ = {.path = path(), .reason = std::move(reason)};
    return false;
}

bool json_builder::mismatch(json_shape const& expected, std::string_view const found)
{
    return fail("expected " + expected_by(expected) + ", found " + std::string{found});
}

std::string json_builder::path() const
{
    std::string pointer;
    for (auto const& open : frames_) {
        auto const kind = open.self.shape->kind;
        if (kind == json_kind::list || kind == json_kind::array)
            append_token(std::to_string(open.index - 1), pointer);
        else
            append_token(open.name, pointer);
    }
    return pointer;
}

}  // namespace redstart::codec
