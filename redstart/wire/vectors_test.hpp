// Well-formed frames of every shape, for the tests that must hold for all of them.

#pragma once

#include <array>
#include <string_view>

namespace redstart::wire::testing {

inline constexpr auto frames = std::to_array<std::string_view>({
    // RESP2
    "+OK\r\n",
    "+\r\n",
    "-ERR unknown command 'foo'\r\n",
    ":0\r\n",
    ":-42\r\n",
    ":+7\r\n",
    ":9223372036854775807\r\n",
    ":-9223372036854775808\r\n",
    "$0\r\n\r\n",
    "$5\r\nhello\r\n",
    "$12\r\nwith\r\nbreaks\r\n",
    "$-1\r\n",
    "*-1\r\n",
    "*0\r\n",
    "*3\r\n$3\r\nfoo\r\n$-1\r\n:3\r\n",
    "*2\r\n*1\r\n*0\r\n*-1\r\n",
    "$70\r\n0123456789012345678901234567890123456789012345678901234567890123456789\r\n",
    // RESP3 scalars
    "_\r\n",
    "#t\r\n",
    "#f\r\n",
    ",1.5\r\n",
    ",10\r\n",
    ",-1.25e-7\r\n",
    ",inf\r\n",
    ",-inf\r\n",
    ",nan\r\n",
    "(3492890328409238509324850943850943825024385\r\n",
    "(-1\r\n",
    "!21\r\nSYNTAX invalid syntax\r\n",
    "=15\r\ntxt:Some string\r\n",
    "=4\r\nmkd:\r\n",
    "=45\r\ntxt:a verbatim string longer than a whole one\r\n",
    // Aggregates
    "%0\r\n",
    "~0\r\n",
    ">0\r\n",
    "%2\r\n+first\r\n:1\r\n$6\r\nsecond\r\n:2\r\n",
    "~3\r\n+a\r\n+b\r\n:1\r\n",
    ">3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$2\r\nhi\r\n",
    "%1\r\n*2\r\n:1\r\n:2\r\n%1\r\n_\r\n~1\r\n#t\r\n",
    // Streamed
    "$?\r\n;0\r\n",
    "$?\r\n;4\r\nHell\r\n;5\r\no wor\r\n;2\r\nld\r\n;0\r\n",
    "$?\r\n;40\r\n0123456789012345678901234567890123456789\r\n;0\r\n",
    "*?\r\n.\r\n",
    "*?\r\n:1\r\n:2\r\n.\r\n",
    "%?\r\n+a\r\n:1\r\n+b\r\n:2\r\n.\r\n",
    "~?\r\n+a\r\n.\r\n",
    "*?\r\n*?\r\n%?\r\n.\r\n.\r\n$?\r\n;1\r\nx\r\n;0\r\n.\r\n",
    "*2\r\n~?\r\n:1\r\n.\r\n:2\r\n",
    // Attributes
    "|1\r\n+ttl\r\n:3600\r\n$5\r\nvalue\r\n",
    "|0\r\n:1\r\n",
    "*2\r\n|1\r\n+a\r\n*1\r\n:1\r\n:1\r\n:2\r\n",
    "|1\r\n|1\r\n+inner\r\n:1\r\n+k\r\n|1\r\n+deep\r\n~2\r\n:1\r\n$?\r\n;1\r\nx\r\n;0\r\n+v\r\n%"
    "0\r\n",
    "*?\r\n|1\r\n+a\r\n:1\r\n+x\r\n.\r\n",
    "|1\r\n+a\r\n:1\r\n|1\r\n+b\r\n:2\r\n+x\r\n",
    "|1\r\n+k\r\n$40\r\n0123456789012345678901234567890123456789\r\n:5\r\n",
    // Pushes inside
    "*2\r\n:1\r\n>2\r\n$10\r\ninvalidate\r\n*1\r\n+k\r\n:2\r\n",
    "*1\r\n>0\r\n:1\r\n",
    "*?\r\n>1\r\n:9\r\n.\r\n",
    "%1\r\n+k\r\n>1\r\n%?\r\n+a\r\n:1\r\n.\r\n+v\r\n",
    "|1\r\n+a\r\n>1\r\n+pushed\r\n+b\r\n:1\r\n",
    ">1\r\n|1\r\n+a\r\n:1\r\n+p\r\n",
    // Several
    "+OK\r\n>1\r\n+p\r\n$1\r\nx\r\n_\r\n*1\r\n:1\r\n",
});

}  // namespace redstart::wire::testing
