// Publishing, and who listens. Subscribing is no command: it is client::subscribe().

#pragma once

#include "redstart/command/channel.hpp"
#include "redstart/command/command.hpp"

#include <string>
#include <utility>
#include <vector>

namespace redstart {

namespace command_detail {

template <any_channel Channel, class Body>
command<std::int64_t> say_in(command_id id, Channel const& c, Body const& body)
{
    command<std::int64_t> built{id};
    if constexpr (plain_channel<Channel>) {
        built.add(name_of(c), body);
    } else {
        channel_body_t<Channel> const& typed = body;
        built.add(name_of(c), typed);
    }
    return built;
}

template <class Reply, any_channel... Channels>
command<Reply> about_channels(command_id id, Channels const&... channels)
{
    command<Reply> built{id};
    (built.add(name_of(channels)), ...);
    return built;
}

}  // namespace command_detail

// How many subscribers of this server were sent it; on a cluster, those of other nodes are not counted. Nobody keeps
// it: who is not subscribed at that moment never sees it. O(subscribers + patterns).
template <any_channel Channel, class Body = channel_body_t<Channel>>
    requires storable_as<Body, channel_body_t<Channel>> || plain_channel<Channel>
command<std::int64_t> publish(Channel const& c, Body const& body)
{
    return command_detail::say_in(command_id::publish, c, body);
}

// As publish, to those who subscribed with ssubscribe: on a cluster it stays with the nodes of the channel's slot.
template <any_channel Channel, class Body = channel_body_t<Channel>>
    requires storable_as<Body, channel_body_t<Channel>> || plain_channel<Channel>
command<std::int64_t> spublish(Channel const& c, Body const& body)
{
    return command_detail::say_in(command_id::spublish, c, body);
}

// The channels that somebody is subscribed to, other than by a pattern; those that match, if a glob is given. O(n).
inline command<std::vector<std::string>> pubsub_channels(std::string_view glob = "*")
{
    return command_detail::about_channels<std::vector<std::string>>(command_id::pubsub_channels,
                                                                    glob);
}
inline command<std::vector<std::string>> pubsub_shardchannels(std::string_view glob = "*")
{
    return command_detail::about_channels<std::vector<std::string>>(
        command_id::pubsub_shardchannels, glob);
}

// How many are subscribed to each, patterns not counted.
template <any_channel... Channels>
command<std::vector<std::pair<std::string, std::int64_t>>> pubsub_numsub(
    Channels const&... channels)
{
    return command_detail::about_channels<std::vector<std::pair<std::string, std::int64_t>>>(
        command_id::pubsub_numsub, channels...);
}
template <any_channel... Channels>
command<std::vector<std::pair<std::string, std::int64_t>>> pubsub_shardnumsub(
    Channels const&... channels)
{
    return command_detail::about_channels<std::vector<std::pair<std::string, std::int64_t>>>(
        command_id::pubsub_shardnumsub, channels...);
}

// How many patterns are subscribed to, each counted once.
inline command<std::int64_t> pubsub_numpat()
{
    return command<std::int64_t>{command_id::pubsub_numpat};
}

}  // namespace redstart
