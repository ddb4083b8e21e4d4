// Replies as a server writes them, of every kind, in the shape of either protocol. For scripted
// servers, proxies, tests.
//
// Whatever it is given, what it writes is well formed, as long as the caller gives each aggregate
// its declared elements.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace redstart::wire {

enum class protocol : std::uint8_t { resp2 = 2, resp3 = 3 };

// Appends to a string that outlives it. In RESP2 a map becomes an array of twice its pairs, a set
// and a push become arrays, numbers and verbatim strings become plain strings, a boolean becomes 1
// or 0: what Redis does. RESP2 has no shape for attributes and for what is streamed; asking for
// them there is a programmer's error (asserted).
class reply_writer {
public:
    explicit reply_writer(std::string& out, wire::protocol protocol = wire::protocol::resp3);

    reply_writer& simple_string(std::string_view text);  // CR and LF in it become spaces
    reply_writer& simple_error(std::string_view text);   // so do these
    reply_writer& integer(std::int64_t number);
    reply_writer& real(double number);  // shortest text that reads back the same; inf, -inf, nan
    reply_writer& boolean(bool value);
    reply_writer& null();
    reply_writer& null_array();                         // differs from null() in RESP2 only
    reply_writer& big_number(std::string_view digits);  // with or without a sign (asserted)
    reply_writer& blob_string(std::string_view bytes);
    reply_writer& blob_error(std::string_view bytes);

    // A format is three bytes long (asserted).
    reply_writer& verbatim_string(std::string_view format, std::string_view text);

    // The caller writes the elements next: as many as declared, twice as many for pairs.
    reply_writer& array(std::uint64_t elements);
    reply_writer& map(std::uint64_t pairs);
    reply_writer& set(std::uint64_t elements);
    reply_writer& push(std::uint64_t elements);
    reply_writer& attribute(std::uint64_t pairs);  // belongs to the value written after it

    reply_writer& begin_streamed_array();
    reply_writer& begin_streamed_map();
    reply_writer& begin_streamed_set();
    reply_writer& end_streamed();

    reply_writer& begin_streamed_string();
    reply_writer& string_part(std::string_view bytes);  // an empty one would end it: not written
    reply_writer& end_streamed_string();

private:
    reply_writer& line(char type, std::string_view text);
    reply_writer& one_line(char type, std::string_view text);
    reply_writer& header(char type, std::uint64_t number);
    reply_writer& blob(char type, std::string_view bytes);
    reply_writer& streamed(std::string_view bytes);
    bool resp3() const { return protocol_ == protocol::resp3; }

    std::string& out_;
    wire::protocol protocol_;
};

}  // namespace redstart::wire
