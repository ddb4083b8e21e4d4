// Writes JSON: walks the tables of a type. What JSON cannot hold is a failure that names the place,
// and leaves no half text.

#include "redstart/base/failure.hpp"
#include "redstart/codec/json.hpp"
#include "redstart/codec/json_string.hpp"
#include "redstart/codec/number.hpp"

#include <algorithm>

namespace redstart::codec {
namespace {

// The way from the root to the value that is being written. Lives on the stack, costs nothing until
// it is told.
struct step {
    step const* parent = nullptr;
    std::string_view name;
    std::size_t index = 0;
    std::size_t depth = 0;

    step to(std::string_view const next) const { return {this, next, 0, depth + 1}; }
    step to(std::size_t const next) const { return {this, {}, next, depth + 1}; }
};

std::string path_of(step const& at)
{
    if (at.parent == nullptr)
        return {};
    auto const token = at.name.data() != nullptr ? std::string{at.name} : std::to_string(at.index);
    return path_of(*at.parent) + '/' + token;
}

[[noreturn]] void refuse(std::string_view const reason, step const& at)
{
    std::string text = "JSON cannot hold this value: ";
    if (at.parent != nullptr)
        text += path_of(at) + ": ";
    text += reason;
    throw failure{
        {.code = failure_code::invalid_argument, .command = {}, .reason = text, .server_text = {}}};
}

class json_writer final : json_entry_visitor {
public:
    explicit json_writer(std::string& out) noexcept : out_{out} {}

    void value(json_shape const& shape, void const* object, step const& at);

private:
    void container(json_shape const& shape, void const* object, step const& at);
    void list(json_shape const& shape, void const* object, step const& at);
    void dictionary(json_shape const& shape, void const* object, step const& at);
    void members(json_shape const& shape, void const* object, step const& at);
    void visit(std::string_view name, void const* value) override;
    void quoted(std::string_view text, step const& at);
    void integer(json_shape const& shape, void const* object);
    void enumerator(json_shape const& shape, void const* object, step const& at);
    void separate(char bracket);

    std::string& out_;
    // The dictionary whose entries are being visited.
    json_shape const* element_ = nullptr;
    step const* dictionary_ = nullptr;
};

bool is_empty(json_shape const& shape, void const* const object)
{
    return shape.kind == json_kind::optional && shape.access.element(object, 0) == nullptr;
}

void json_writer::value(json_shape const& shape, void const* const object, step const& at)
{
    switch (shape.kind) {
    case json_kind::boolean: out_ += *static_cast<bool const*>(object) ? "true" : "false"; return;
    case json_kind::integer: integer(shape, object); return;
    case json_kind::string: quoted(*static_cast<std::string const*>(object), at); return;
    case json_kind::enumeration: enumerator(shape, object, at); return;
    case json_kind::raw: out_ += static_cast<raw_json const*>(object)->text(); return;
    case json_kind::real:
        if (!shape.access.append_real(object, out_))
            refuse("the number is not finite", at);
        return;
    case json_kind::optional:
        if (auto const* const held = shape.access.element(object, 0))
            value(*shape.element, held, at);
        else
            out_ += "null";
        return;
    default: container(shape, object, at);
    }
}

void json_writer::container(json_shape const& shape, void const* const object, step const& at)
{
    constexpr std::size_t deepest = 1000;
    if (at.depth >= deepest)
        refuse("it is nested too deep", step{});
    if (shape.kind == json_kind::object)
        members(shape, object, at);
    else if (shape.kind == json_kind::dictionary)
        dictionary(shape, object, at);
    else
        list(shape, object, at);
}

void json_writer::separate(char const bracket)
{
    if (out_.back() != bracket)
        out_ += ',';
}

void json_writer::list(json_shape const& shape, void const* const object, step const& at)
{
    out_ += '[';
    std::size_t index = 0;
    while (auto const* const element = shape.access.element(object, index)) {
        if (index > 0)
            out_ += ',';
        value(*shape.element, element, at.to(index));
        ++index;
    }
    out_ += ']';
}

void json_writer::members(json_shape const& shape, void const* const object, step const& at)
{
    out_ += '{';
    for (auto const& member : shape.members) {
        // The table serves reading too, so it hands out mutable addresses; this one is only read.
        auto const* const held = member.address(const_cast<void*>(object));
        if (is_empty(*member.shape, held))
            continue;
        separate('{');
        out_ += '"';
        out_ += member.name;  // an identifier: nothing to escape
        out_ += "\":";
        value(*member.shape, held, at.to(member.name));
    }
    out_ += '}';
}

void json_writer::dictionary(json_shape const& shape, void const* const object, step const& at)
{
    auto const* const outer_element = std::exchange(element_, shape.element);
    auto const* const outer = std::exchange(dictionary_, &at);
    out_ += '{';
    shape.access.each(object, *this);
    out_ += '}';
    element_ = outer_element;
    dictionary_ = outer;
}

void json_writer::visit(std::string_view const name, void const* const held)
{
    // Not its name: names in a dictionary are data, and a failure shows no data.
    auto const at = dictionary_->to("*");
    separate('{');
    quoted(name, at);
    out_ += ':';
    value(*element_, held, at);
}

void json_writer::quoted(std::string_view const text, step const& at)
{
    if (!append_json_string(text, out_))
        refuse("the text is not UTF-8", at);
}

void json_writer::integer(json_shape const& shape, void const* const object)
{
    auto const bits = shape.access.load(object);
    if (shape.range.lowest < 0)
        append_integer(static_cast<std::int64_t>(bits), out_);
    else
        append_integer(bits, out_);
}

void json_writer::enumerator(json_shape const& shape, void const* const object, step const& at)
{
    auto const found =
        std::ranges::find(shape.enumerators, shape.access.load(object), &json_enumerator::bits);
    if (found == shape.enumerators.end())
        refuse("the enumerator has no name", at);
    out_ += '"';
    out_ += found->name;
    out_ += '"';
}

}  // namespace

void write_json(json_shape const& shape, void const* const object, std::string& out)
{
    auto const before = out.size();
    try {
        json_writer{out}.value(shape, object, step{});
    } catch (...) {
        out.resize(before);
        throw;
    }
}

}  // namespace redstart::codec
