// The parser against hiredis' reader: the same bytes, cut the same way, must give the same values and frames, and both
// must want more or both refuse. Where they may differ stands in one table below, each line with its reason.
//
// Debian's hiredis is 0.14, which reads RESP2: of what only RESP3 has it sees the type byte and refuses.
//
// Input: as for parser.cpp, whose seeds it shares; of the choices only the number of sizes counts.

#include "redstart/wire/parser.hpp"
#include "redstart/wire/recording_test.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <hiredis/read.h>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace wire = redstart::wire;

// What both are compared by: the values in the order in which they begin, so that an aggregate stands before its
// elements, and how many replies are whole.
struct value {
    int type = 0;  // REDIS_REPLY_..., or beyond_resp2
    long long number = 0;
    std::string text{};

    bool operator==(value const&) const = default;
};

constexpr int beyond_resp2 = -1;

struct reading {
    std::vector<value> values{};
    std::size_t frames = 0;
    bool refused = false;
    std::string why{};
};

[[noreturn]] void report(char const* const what, reading const& ours, reading const& theirs)
{
    std::fprintf(stderr, "broken: %s\n", what);
    for (auto const& [who, one] : {std::pair{"redstart", &ours}, std::pair{"hiredis", &theirs}})
        std::fprintf(stderr, "%s: %zu values, %zu frames, %s %s\n", who, one->values.size(),
                     one->frames, one->refused ? "refused:" : "wants more", one->why.c_str());
    std::abort();
}

// ---- ours ---------------------------------------------------------------------------------------

value value_of(wire::testing::recorded const& token)
{
    switch (token.kind) {
    case wire::kind::blob_string: return {.type = REDIS_REPLY_STRING, .text = token.text};
    case wire::kind::simple_string: return {.type = REDIS_REPLY_STATUS, .text = token.text};
    case wire::kind::simple_error: return {.type = REDIS_REPLY_ERROR, .text = token.text};
    case wire::kind::integer:
        return {.type = REDIS_REPLY_INTEGER, .number = token.number, .text = token.text};
    case wire::kind::null: return {.type = REDIS_REPLY_NIL};
    case wire::kind::array: return {.type = REDIS_REPLY_ARRAY, .number = token.number};
    default: return {.type = beyond_resp2};
    }
}

reading as_values(wire::testing::recording const& record)
{
    reading ours;
    for (auto const& token : record.tokens) {
        if (token.kind != wire::kind::close)
            ours.values.push_back(value_of(token));
        ours.frames += token.ends_frame && !token.out_of_band ? 1 : 0;
    }
    ours.refused = record.last == wire::progress::malformed;
    ours.why = record.error;
    return ours;
}

// ---- theirs -------------------------------------------------------------------------------------

// Notes what the reader makes instead of making it. Any address but null says that it worked.
class hiredis_reader {
public:
    void feed(std::string_view const bytes)
    {
        redisReaderFeed(reader_.get(), bytes.data(), bytes.size());
        void* whole = nullptr;
        while (redisReaderGetReply(reader_.get(), &whole) == REDIS_OK && whole != nullptr)
            ++read_.frames;
        read_.refused = reader_->err != 0;
        read_.why = reader_->errstr;
    }
    reading const& read() const { return read_; }

private:
    struct freeing {
        void operator()(redisReader* const reader) const { redisReaderFree(reader); }
    };

    static void* note(redisReadTask const* const task, value noted)
    {
        auto& self = *static_cast<hiredis_reader*>(task->privdata);
        self.read_.values.push_back(std::move(noted));
        return &self;
    }
    static void* string(redisReadTask const* const task, char* const text, std::size_t const size)
    {
        return note(task, {.type = task->type, .text = {text, size}});
    }
    static void* array(redisReadTask const* const task, int const size)
    {
        return note(task, {.type = REDIS_REPLY_ARRAY, .number = size});
    }
    static void* integer(redisReadTask const* const task, long long const number)
    {
        return note(
            task, {.type = REDIS_REPLY_INTEGER, .number = number, .text = std::to_string(number)});
    }
    static void* nil(redisReadTask const* const task)
    {
        return note(task, {.type = REDIS_REPLY_NIL});
    }
    static void free_nothing(void*) {}

    redisReplyObjectFunctions functions_{string, array, integer, nil, free_nothing};
    std::unique_ptr<redisReader, freeing> reader_ = [this] {
        auto* const made = redisReaderCreateWithFunctions(&functions_);
        made->privdata = this;
        return std::unique_ptr<redisReader, freeing>{made};
    }();
    reading read_;
};

// ---- what may differ ----------------------------------------------------------------------------

// We refuse, hiredis does not.
constexpr auto only_we_refuse = std::to_array<std::string_view>({
    "a blob does not end with CR LF",            // hiredis skips two bytes, whatever they are
    "a line feed without a carriage return",     // hiredis takes both for text; an error with
    "a carriage return without a line feed",     // them inside would be two lines in a log
    "a length has more than 18 digits",          // hiredis waits for that many bytes
    "a frame has more bytes than the limit",     // hiredis has no limits but these: INT_MAX
    "a frame has more elements than the limit",  // elements, and nine levels
    "a line is longer than the limit",
});

// hiredis refuses, we do not: what it says, and whether the value that we read there can be the reason.
struct difference {
    std::string_view said;
    bool (*explains)(value const& next);
};

// A decimal number, though not as a program would write it.
bool is_unusual_decimal(value const& one)
{
    auto const digits = one.text.find_first_not_of("+-") == 1 ? one.text.substr(1) : one.text;
    return one.type == REDIS_REPLY_INTEGER && one.text != std::to_string(one.number) &&
           digits.find_first_not_of("0123456789") == std::string::npos &&
           std::strtoll(one.text.c_str(), nullptr, 10) == one.number;
}

constexpr auto only_hiredis_refuses = std::to_array<difference>({
    // RESP3 has more types. An attribute leaves no value, so anything may come next.
    {"Protocol error, got ", [](value const&) { return true; }},
    // A plus sign is allowed by RESP; leading zeros harm nobody, and -0 is one of them.
    {"Bad integer value", is_unusual_decimal},
    // "?", a streamed array or string of RESP3.
    {"Bad multi-bulk length",
     [](value const& next) { return next.type == REDIS_REPLY_ARRAY && next.number == -1; }},
    {"Bad bulk string length", [](value const& next) { return next.type == REDIS_REPLY_STRING; }},
    // It has nine levels, we have limits::depth.
    {"No support for nested multi bulk replies",
     [](value const& next) {
         return next.type == REDIS_REPLY_ARRAY || next.type == REDIS_REPLY_NIL;
     }},
});

// The type bytes of RESP3. All others that hiredis does not know, we do not know either.
bool is_resp3_type(std::string_view const said)
{
    constexpr std::string_view prefix = "Protocol error, got \"";
    return !said.starts_with(prefix) ||
           (said.size() > prefix.size() &&
            std::string_view{"_,#!=(%~>|"}.find(said[prefix.size()]) != std::string_view::npos);
}

bool may_refuse_alone(reading const& theirs, reading const& ours)
{
    auto const found = std::ranges::find_if(only_hiredis_refuses, [&](difference const& one) {
        return theirs.why.starts_with(one.said);
    });
    if (found == only_hiredis_refuses.end() || !is_resp3_type(theirs.why))
        return false;
    auto const next = theirs.values.size();
    return next >= ours.values.size() || found->explains(ours.values[next]);
}

// ---- the comparison -----------------------------------------------------------------------------

bool agree_as_far_as_both_came(reading const& ours, reading const& theirs)
{
    auto const both = std::min(ours.values.size(), theirs.values.size());
    return std::equal(ours.values.begin(), ours.values.begin() + static_cast<std::ptrdiff_t>(both),
                      theirs.values.begin(), [](value const& our, value const& their) {
                          bool const is_integer = our.type == REDIS_REPLY_INTEGER;
                          return is_integer ? our.type == their.type && our.number == their.number
                                            : our == their;
                      });
}

void compare(reading const& ours, hiredis_reader& peer)
{
    auto const& theirs = peer.read();
    if (!agree_as_far_as_both_came(ours, theirs))
        report("the same bytes, other values", ours, theirs);
    if (!ours.refused && !theirs.refused) {
        if (ours.values.size() != theirs.values.size() || ours.frames != theirs.frames)
            report("both want more, from another place", ours, theirs);
        return;
    }
    if (!ours.refused && !may_refuse_alone(theirs, ours))
        report("hiredis refuses what we take", ours, theirs);
    if (!ours.refused || theirs.refused ||
        std::ranges::find(only_we_refuse, ours.why) != only_we_refuse.end())
        return;
    // We refuse a line as soon as nothing can make it right, hiredis when it has ended.
    peer.feed("\r\n");
    if (!theirs.refused)
        report("we refuse what hiredis takes", ours, theirs);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* const data, std::size_t const size)
{
    auto input = std::string_view{reinterpret_cast<char const*>(data), size};
    if (input.empty())
        return 0;
    auto const sizes = input.substr(1, static_cast<unsigned char>(input.front()) % 16);
    input.remove_prefix(1 + sizes.size());

    wire::testing::feeder ours;
    hiredis_reader theirs;
    for (std::size_t turn = 0; !input.empty(); ++turn) {
        auto const wanted = sizes.empty()
                                ? input.size()
                                : static_cast<unsigned char>(sizes[turn % sizes.size()]) % 64u + 1;
        auto const piece = input.substr(0, wanted);
        ours.feed(piece);
        theirs.feed(piece);
        input.remove_prefix(piece.size());
    }
    compare(as_values(ours.record()), theirs);
    return 0;
}
