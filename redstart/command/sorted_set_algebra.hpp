// Several sorted sets at once: joined, or whichever has a member first.
//
// keys(a, b) names them. Joining is O(n + m log m) for n members in all and m in the answer.

#pragma once

#include "redstart/command/sorted_sets.hpp"

#include <span>

namespace redstart {

enum class score_end : std::uint8_t { lowest, highest };

// What was taken from the first of several sorted sets that was not empty.
template <class Member>
struct popped_scored {
    std::string key;
    Member member;
    double score = 0;
    bool operator==(popped_scored const&) const = default;
};
template <class Member>
struct popped_several_scored {
    std::string key;
    std::vector<scored<Member>> members;
    bool operator==(popped_several_scored const&) const = default;
};
template <class Member>
struct decoder<popped_scored<Member>>
    : array_decoder<popped_scored<Member>, std::string, Member, double> {};
template <class Member>
struct decoder<popped_several_scored<Member>>
    : array_decoder<popped_several_scored<Member>, std::string, std::vector<scored<Member>>> {};

// How scores are joined: each is multiplied by the weight of its set.
struct join_options {
    std::vector<double> weights{};  // one for each set; empty: 1 for all
    enum class aggregate : std::uint8_t { sum, min, max } scores = aggregate::sum;
};

namespace command_detail {

void add_join_options(any_command& built, join_options const& options);
std::string_view word_of(score_end end) noexcept;

// Several sorted sets of one member type, the first of which says which.
template <class First, class... More>
concept zsets_of_one_type =
    zset_key<key_among_t<First>> && (zset_key<key_among_t<More>> && ...) &&
    (std::same_as<zset_member_t<key_among_t<More>>, zset_member_t<key_among_t<First>>> && ...);

// What may be kept under a key: sorted sets of its type; under plain text any.
template <class Destination, class... Sources>
concept stored_zsets = (zset_key<key_among_t<Sources>> && ...) &&
                       (plain_key<Destination> || zsets_of_one_type<Destination, Sources...>);

template <class First>
using joined_member_t = zset_member_t<key_among_t<First>>;

template <class Reply, class... Keys>
command<Reply> joined(command_id id, key_list<Keys...> const& sets, join_options const& options)
{
    auto built = make_command<Reply>(id, sets.size(), sets);
    add_join_options(built, options);
    return built;
}

}  // namespace command_detail

// What is in any of them, lowest score first.
template <class First, class... More>
    requires command_detail::zsets_of_one_type<First, More...>
command<std::vector<command_detail::joined_member_t<First>>> zunion(
    key_list<First, More...> const& sets, join_options const& options = {})
{
    return command_detail::joined<std::vector<command_detail::joined_member_t<First>>>(
        command_id::zunion, sets, options);
}
template <class First, class... More>
    requires command_detail::zsets_of_one_type<First, More...>
command<std::vector<scored<command_detail::joined_member_t<First>>>> zunion_with_scores(
    key_list<First, More...> const& sets, join_options const& options = {})
{
    auto built =
        command_detail::joined<std::vector<scored<command_detail::joined_member_t<First>>>>(
            command_id::zunion, sets, options);
    built.add("WITHSCORES");
    return built;
}

// What is in all of them, lowest score first.
template <class First, class... More>
    requires command_detail::zsets_of_one_type<First, More...>
command<std::vector<command_detail::joined_member_t<First>>> zinter(
    key_list<First, More...> const& sets, join_options const& options = {})
{
    return command_detail::joined<std::vector<command_detail::joined_member_t<First>>>(
        command_id::zinter, sets, options);
}
template <class First, class... More>
    requires command_detail::zsets_of_one_type<First, More...>
command<std::vector<scored<command_detail::joined_member_t<First>>>> zinter_with_scores(
    key_list<First, More...> const& sets, join_options const& options = {})
{
    auto built =
        command_detail::joined<std::vector<scored<command_detail::joined_member_t<First>>>>(
            command_id::zinter, sets, options);
    built.add("WITHSCORES");
    return built;
}

// What is in the first and in none of the others, with the scores of the first.
template <class First, class... More>
    requires command_detail::zsets_of_one_type<First, More...>
command<std::vector<command_detail::joined_member_t<First>>> zdiff(
    key_list<First, More...> const& sets)
{
    return command_detail::joined<std::vector<command_detail::joined_member_t<First>>>(
        command_id::zdiff, sets, {});
}
template <class First, class... More>
    requires command_detail::zsets_of_one_type<First, More...>
command<std::vector<scored<command_detail::joined_member_t<First>>>> zdiff_with_scores(
    key_list<First, More...> const& sets)
{
    auto built =
        command_detail::joined<std::vector<scored<command_detail::joined_member_t<First>>>>(
            command_id::zdiff, sets, {});
    built.add("WITHSCORES");
    return built;
}

// How many members are in all of them, counted up to `limit`; 0 counts all. O(size of the smallest * number of sets).
template <class First, class... More>
    requires command_detail::zsets_of_one_type<First, More...>
command<std::int64_t> zintercard(key_list<First, More...> const& sets, std::int64_t limit = 0)
{
    return make_command<std::int64_t>(command_id::zintercard, sets.size(), sets, "LIMIT", limit);
}

// The same, kept under another key, which it replaces; they give how many members that are. Where the other key is one
// of the sources, a repetition joins the scores again.
template <zset_key Destination, class... Sources>
    requires command_detail::stored_zsets<Destination, Sources...>
command<std::int64_t> zunionstore(Destination const& destination,
                                  key_list<Sources...> const& sources,
                                  join_options const& options = {})
{
    auto built =
        make_command<std::int64_t>(command_id::zunionstore, destination, sources.size(), sources);
    command_detail::add_join_options(built, options);
    return built;
}
template <zset_key Destination, class... Sources>
    requires command_detail::stored_zsets<Destination, Sources...>
command<std::int64_t> zinterstore(Destination const& destination,
                                  key_list<Sources...> const& sources,
                                  join_options const& options = {})
{
    auto built =
        make_command<std::int64_t>(command_id::zinterstore, destination, sources.size(), sources);
    command_detail::add_join_options(built, options);
    return built;
}
template <zset_key Destination, class... Sources>
    requires command_detail::stored_zsets<Destination, Sources...>
command<std::int64_t> zdiffstore(Destination const& destination,
                                 key_list<Sources...> const& sources)
{
    return make_command<std::int64_t>(command_id::zdiffstore, destination, sources.size(), sources);
}

// At most `count` members of the first set that is not empty; absent if all are. O(sets + count * log n).
template <class First, class... More>
    requires command_detail::zsets_of_one_type<First, More...>
command<std::optional<popped_several_scored<command_detail::joined_member_t<First>>>> zmpop(
    key_list<First, More...> const& sets, score_end end, std::int64_t count = 1)
{
    return make_command<
        std::optional<popped_several_scored<command_detail::joined_member_t<First>>>>(
        command_id::zmpop, sets.size(), sets, command_detail::word_of(end), "COUNT", count);
}

}  // namespace redstart
