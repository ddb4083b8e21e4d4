// The RESP2 and RESP3 parser: pull one token at a time, stop anywhere, go on when more bytes are
// there.
//
// It reads what a peer sent, so nothing in the bytes may crash it, make it recurse or make it
// allocate by a number that was only declared: what it holds grows with the nesting that really
// arrived, up to `limits::depth`.

#pragma once

#include "redstart/wire/limits.hpp"
#include "redstart/wire/nesting.hpp"
#include "redstart/wire/token.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace redstart::wire {

struct length_line;

enum class progress : std::uint8_t { token, need_more, malformed };

// One per connection and used by one thread at a time. It keeps no pointer into the bytes between
// two calls, only how far it came. The memory of its stack is kept for the next frame; growing it
// may throw std::bad_alloc.
class parser {
public:
    explicit parser(limits allowed = {});

    // Takes one token from [at, end) and moves `at` past what it consumed.
    //
    // token: `out` is filled. Ask again before reading more: a close may be due that needs no byte.
    // need_more: `out` is unspecified. What lies in [at, end) must be offered again, contiguous,
    // with more behind it.
    // malformed: so is every later answer, until reset(). The connection is of no use any more.
    //
    // A blob longer than limits::whole is given in parts as its bytes come in, a shorter one at
    // once. A streamed string is given part by part; its last part is empty. Attributes are checked
    // and dropped.
    progress next(char const*& at, char const* end, token& out);

    // Why the bytes are malformed: a static text without any of them. Empty while they are not.
    std::string_view error() const;

    // After need_more: how many more bytes would complete the blob under way, 0 when that is not
    // known. The peer declared it, so bound what you reserve by it.
    std::size_t wanted() const;

    // After need_more: how many bytes of the blob under way can be taken past the parser, from where
    // the bytes come to where they are to lie; bypass() says that so many were. 0 unless the blob is
    // longer than limits::large, a part of it has been given, and it belongs to a reply.
    std::size_t bypassable() const;
    void bypass(std::size_t bytes);

    // No frame is begun. Unconsumed bytes may still lie before the caller: a line is consumed only
    // when it is complete.
    bool between_frames() const;

    // Back to the state after construction, with the same limits.
    void reset();

private:
    enum class state : std::uint8_t { value, blob, part, malformed };
    enum class step : std::uint8_t { token, need_more, malformed, again };  // as progress, and one

    struct blob {
        std::uint64_t left = 0;  // bytes to come, without CR LF
        wire::kind kind{};
        bool in_parts = false;
        bool large = false;     // and a part of it has been given
        bool streamed = false;  // a part of a streamed string: another part follows
        bool prefixed = false;  // the format of a verbatim string is still to come
    };

    bool take_plain_string(char const*& at, char const* end, token& out);
    step advance(char const*& at, char const* end, token& out);
    step resume(char const*& at, char const* end, token& out);

    step begin_blob(wire::kind kind, char const*& at, char const* end, token& out);
    step begin_unmeasured_blob(wire::kind kind, length_line const& line, char const*& at,
                               token& out);
    step begin_part(char const*& at, char const* end, token& out);
    step read_blob(char const*& at, char const* end, token& out);
    step read_blob_part(char const*& at, char const* end, token& out);

    step begin_aggregate(wire::kind kind, char const*& at, char const* end, token& out);
    step begin_attribute(char const*& at, char const* end);
    step close_aggregate(token& out);
    step read_end_mark(char const*& at, char const* end, token& out);

    step read_scalar(wire::kind kind, char const*& at, char const* end, token& out);
    step read_null(wire::kind kind, length_line const& line, char const*& at, token& out);
    step read_line(char const* at, char const* end, std::string_view& text);

    step give(token& out);
    step need(std::uint64_t bytes);
    step unfinished(length_line const& line);
    step fail(char const* why);

    limits limits_;
    nesting nesting_;
    state state_ = state::value;
    blob blob_;
    std::size_t searched_ = 0;  // of an incomplete line, so that no byte is searched twice
    std::size_t wanted_ = 0;
    char const* error_ = "";
};

}  // namespace redstart::wire
