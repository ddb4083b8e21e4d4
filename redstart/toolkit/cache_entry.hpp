// Between the bytes of an entry and its type: the fronts of cache<T>.

#pragma once

#include "redstart/codec/text.hpp"
#include "redstart/toolkit/cache_store.hpp"

#include <deque>
#include <expected>
#include <string>
#include <utility>
#include <vector>

namespace redstart::toolkit::toolkit_detail {

template <class T>
std::string to_text(T const& value)
{
    std::string text;
    codec::text_codec<T>::append(value, text);
    return text;
}

// False if the entry is intact, and is no T all the same.
template <class T>
bool take_value(cache_reading& from, cache_result<T>& into)
{
    into.state = from.state;
    into.fresh_for = from.fresh_for;
    return !from.has_value() || codec::text_codec<T>::read(from.found.value, into.value.emplace());
}

template <class T>
task<cache_result<T>> get_entry(cache_store& store, key<std::string> of, std::source_location where)
{
    cache_reading reading;
    co_await store.read(of, reading, where);
    cache_result<T> found;
    if (!take_value(reading, found))
        throw store.damaged(where);
    co_return found;
}

template <class T>
task<std::vector<std::expected<cache_result<T>, failure>>> get_entries(
    cache_store& store, std::vector<key<std::string>> of, std::source_location where)
{
    std::deque<cache_reading> readings;
    co_await store.read_many(std::move(of), readings, where);
    std::vector<std::expected<cache_result<T>, failure>> all;
    all.reserve(readings.size());
    for (auto& each : readings) {
        cache_result<T> found;
        if (each.failed)
            all.emplace_back(std::unexpect, *std::move(each.failed));
        else if (!take_value(each, found))
            all.emplace_back(std::unexpect, store.damaged(where));
        else
            all.emplace_back(std::move(found));
    }
    co_return all;
}

}  // namespace redstart::toolkit::toolkit_detail
