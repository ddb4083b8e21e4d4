// Reads JSON: the grammar is Boost.JSON's parser, everything about types is json_builder.
//
// The parser is told not to convert numbers, so each arrives as it was written and is converted
// once, exactly.

#include "redstart/codec/json.hpp"
#include "redstart/codec/json_builder.hpp"
#include "redstart/codec/utf8.hpp"

#include <boost/json/basic_parser_impl.hpp>

#include <limits>

namespace redstart::codec {
namespace {

namespace json = boost::json;

// Passes each event on. The parser delivers strings in parts where they hold escapes.
class builder_events {
public:
    static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_array_size = max_object_size;
    static constexpr std::size_t max_key_size = max_object_size;
    static constexpr std::size_t max_string_size = max_object_size;

    explicit builder_events(json_builder& builder) noexcept : builder_{builder} {}

    bool on_document_begin(json::error_code&) { return true; }
    bool on_document_end(json::error_code&) { return true; }
    bool on_object_begin(json::error_code& stop) { return or_stop(builder_.begin_object(), stop); }
    bool on_array_begin(json::error_code& stop) { return or_stop(builder_.begin_array(), stop); }

    bool on_object_end(std::size_t, json::error_code& stop)
    {
        return or_stop(builder_.end_object(), stop);
    }

    bool on_array_end(std::size_t, json::error_code& stop)
    {
        return or_stop(builder_.end_array(), stop);
    }

    bool on_key_part(std::string_view part, std::size_t, json::error_code&)
    {
        parts_ += part;
        return true;
    }

    bool on_key(std::string_view last, std::size_t, json::error_code& stop)
    {
        bool const taken = builder_.key(whole(last));
        parts_.clear();
        return or_stop(taken, stop);
    }

    bool on_string_part(std::string_view part, std::size_t, json::error_code&)
    {
        parts_ += part;
        return true;
    }

    bool on_string(std::string_view last, std::size_t, json::error_code& stop)
    {
        bool const taken = builder_.string(whole(last));
        parts_.clear();
        return or_stop(taken, stop);
    }

    // Only a text that comes in several pieces has numbers in parts; ours comes in one.
    bool on_number_part(std::string_view, json::error_code&) { return true; }

    bool on_int64(std::int64_t, std::string_view text, json::error_code& stop)
    {
        return or_stop(builder_.number(text), stop);
    }

    bool on_uint64(std::uint64_t, std::string_view text, json::error_code& stop)
    {
        return or_stop(builder_.number(text), stop);
    }

    bool on_double(double, std::string_view text, json::error_code& stop)
    {
        return or_stop(builder_.number(text), stop);
    }

    bool on_bool(bool value, json::error_code& stop)
    {
        return or_stop(builder_.boolean(value), stop);
    }

    bool on_null(json::error_code& stop) { return or_stop(builder_.null(), stop); }
    bool on_comment_part(std::string_view, json::error_code&) { return true; }
    bool on_comment(std::string_view, json::error_code&) { return true; }

private:
    std::string_view whole(std::string_view last)
    {
        if (parts_.empty())
            return last;
        parts_ += last;
        return parts_;
    }

    // The parser stops with an error of its own; ours is in the builder.
    static bool or_stop(bool taken, json::error_code& stop)
    {
        if (!taken)
            stop = json::error::input_error;
        return taken;
    }

    json_builder& builder_;
    std::string parts_;
};

std::string reason_of(json::error_code const& code, std::string_view rest,
                      json_limits const& limits)
{
    if (code == json::error::incomplete)
        return "not valid JSON: it ends too early";
    if (code == json::error::extra_data)
        return "more text follows the value";
    if (code == json::error::too_deep)
        return "nested more than " + std::to_string(limits.depth) + " deep";
    if (!rest.empty() && utf8_character(rest) == 0)
        return "not valid UTF-8";
    return "not valid JSON";
}

}  // namespace

std::optional<json_error> read_json(std::string_view const text, json_limits const& limits,
                                    json_shape const& shape, void* const object)
{
    auto const allowed = limits.allowed_bytes();
    if (text.size() > allowed)
        return json_error{.path = {},
                          .reason = "longer than " + std::to_string(allowed) + " bytes"};

    json::parse_options options;
    options.max_depth = limits.depth;
    options.numbers = json::number_precision::none;
    json_builder builder{shape, object, limits};
    json::basic_parser<builder_events> parser{options, builder};
    json::error_code failed;
    auto const offset = parser.write_some(false, text.data(), text.size(), failed);

    if (builder.failed()) {
        auto error = builder.error();
        error.offset = offset;
        return error;
    }
    if (!failed && offset < text.size())
        failed = json::error::extra_data;
    if (!failed)
        return std::nullopt;
    return json_error{
        .path = {}, .reason = reason_of(failed, text.substr(offset), limits), .offset = offset};
}

}  // namespace redstart::codec
