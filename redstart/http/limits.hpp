// What a client may ask of a server, and for how long it may take. Every bound, its unit and what happens beyond it.

#pragma once

#include "redstart/base/clock.hpp"

#include <cstddef>
#include <cstdint>

namespace redstart::http {

struct limits {
    std::size_t max_head = 16 * 1024;   // bytes of request line and header fields; 431
    std::size_t max_fields = 100;       // header fields; 431
    std::size_t max_target = 8 * 1024;  // bytes; 414
    // Bytes; 413. A route may say otherwise, and those of GET, HEAD and DELETE take none unless they do. The body of
    // a request that no route matches is not read: the connection ends after the answer.
    std::uint64_t max_body = 1024 * 1024;

    // Of all bodies on a loop that have come so far and are not answered, in bytes; 503 for the request that goes
    // beyond. What counts is what has come: a length that is only declared costs its sender nothing, and must not
    // keep others out.
    std::uint64_t max_buffered_bodies = 64 * 1024 * 1024;

    // From the first byte of a request to the end of its head, however the bytes are spread; 408.
    boot_clock::duration head_deadline = std::chrono::seconds{10};
    // A body, and a response that the client is slow to take, have this long; then a second for each min_rate bytes
    // that got through since they were last looked at, and never more than this again. 408 for a body; a response is
    // given up and the connection closed.
    boot_clock::duration transfer_grace = std::chrono::seconds{15};
    std::uint64_t min_rate = 1024;  // bytes per second
    // From connecting to the first byte; then the connection is closed. Shorter than the next, since whoever has not
    // asked anything yet has no reason to be kept, and connections are few.
    boot_clock::duration first_deadline = std::chrono::seconds{10};
    // Between requests; then the connection is closed.
    boot_clock::duration idle_deadline = std::chrono::seconds{75};
    // For middleware and handler, unless the route says otherwise: the deadline of everything that they await.
    boot_clock::duration request_deadline = std::chrono::seconds{30};
    // For the answer to a client that has ended its side of the connection. It may have left altogether, which looks
    // the same until something is written to it; so after this, the handler is cancelled as for one that has.
    boot_clock::duration half_closed_deadline = std::chrono::seconds{5};
    // After an answer that ends the connection: how long, and for how much, what the client still sends is read over,
    // so that it gets to read the answer.
    boot_clock::duration linger_deadline = std::chrono::seconds{2};
    std::size_t linger_bytes = 256 * 1024;

    // Per connection; then it is closed, which spreads clients over the loops anew.
    std::size_t max_requests = 100'000;
    std::size_t max_connections = 10'000;  // per loop; 503 for those beyond
    std::size_t max_turned_away = 64;      // of these at once, per loop; others are just closed
    // Responses of pipelined requests that are gathered for one write, in bytes.
    std::size_t max_gathered = 64 * 1024;
};

}  // namespace redstart::http
