// Entries of streams, as replies give them.

#pragma once

#include "redstart/command/key_kinds.hpp"
#include "redstart/command/stream_id.hpp"
#include "redstart/command/stream_record.hpp"

#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace redstart {

// Body is that of the stream: a list of pairs, or a described struct. It is std::optional<…> where an entry may have
// been deleted and only its id is left.
template <class Body = stream_fields>
struct stream_entry {
    stream_id id;
    Body body;
    bool operator==(stream_entry const&) const = default;
};

// What one read of a stream gave: a vector that is empty if nothing was there, or nothing came in time.
template <class Body = stream_fields>
struct stream_batch : std::vector<stream_entry<Body>> {
    using std::vector<stream_entry<Body>>::vector;
};

// What one read of several streams gave: each that had something, by its key.
template <class Body = stream_fields>
struct stream_batches : std::vector<std::pair<std::string, std::vector<stream_entry<Body>>>> {
    using std::vector<std::pair<std::string, std::vector<stream_entry<Body>>>>::vector;
};

namespace stream_detail {

// The fields of an entry, which are not what the body would be as one value.
template <class Body>
struct fields_as {
    Body body{};
};

}  // namespace stream_detail

template <class Name, class Value>
struct decoder<stream_detail::fields_as<std::vector<std::pair<Name, Value>>>> {
    using body_type = std::vector<std::pair<Name, Value>>;
    decode_step feed(wire::token const& t, text_assembly& parts) { return pairs_.feed(t, parts); }
    stream_detail::fields_as<body_type> take() { return {pairs_.take()}; }

private:
    decoder<body_type> pairs_;
};

template <codec::described_struct Record>
struct decoder<stream_detail::fields_as<Record>> {
    decode_step feed(wire::token const& t, text_assembly& parts)
    {
        return reader_.feed(t, parts, &record_);
    }
    stream_detail::fields_as<Record> take() { return {std::move(record_)}; }

private:
    stream_detail::record_reader reader_{stream_detail::members_of<Record>()};
    Record record_{};
};

template <class Body>
struct decoder<stream_detail::fields_as<std::optional<Body>>> {
    decode_step feed(wire::token const& t, text_assembly& parts) { return fields_.feed(t, parts); }
    stream_detail::fields_as<std::optional<Body>> take()
    {
        auto taken = fields_.take();
        if (!taken)
            return {};
        return {std::move(taken->body)};
    }

private:
    decoder<std::optional<stream_detail::fields_as<Body>>> fields_;
};

template <class Body>
struct decoder<stream_entry<Body>> {
    decode_step feed(wire::token const& t, text_assembly& parts) { return row_.feed(t, parts); }
    stream_entry<Body> take()
    {
        auto [id, fields] = row_.take();
        return {id, std::move(fields.body)};
    }

private:
    decoder<std::tuple<stream_id, stream_detail::fields_as<Body>>> row_;
};

template <class Body>
struct decoder<stream_batches<Body>> {
    using streams_type = std::vector<std::pair<std::string, std::vector<stream_entry<Body>>>>;
    decode_step feed(wire::token const& t, text_assembly& parts) { return streams_.feed(t, parts); }
    stream_batches<Body> take()
    {
        stream_batches<Body> batches;
        if (auto taken = streams_.take())
            static_cast<streams_type&>(batches) = std::move(*taken);
        return batches;
    }

private:
    decoder<std::optional<streams_type>> streams_;
};

// Only one stream was asked for.
template <class Body>
struct decoder<stream_batch<Body>> {
    decode_step feed(wire::token const& t, text_assembly& parts) { return batches_.feed(t, parts); }
    stream_batch<Body> take()
    {
        stream_batch<Body> batch;
        if (auto taken = batches_.take(); !taken.empty())
            static_cast<std::vector<stream_entry<Body>>&>(batch) = std::move(taken.front().second);
        return batch;
    }

private:
    decoder<stream_batches<Body>> batches_;
};

}  // namespace redstart
