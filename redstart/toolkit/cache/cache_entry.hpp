// Between the bytes of an entry and its type: the fronts of cache<T>.

#pragma once

#include "redstart/codec/text.hpp"
#include "redstart/toolkit/cache/cache_loads.hpp"
#include "redstart/toolkit/cache/cache_store.hpp"

#include <deque>
#include <expected>
#include <memory>
#include <string>
#include <type_traits>
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
    co_await store.read(of, reading, {}, where);
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

// ---- Loading ------------------------------------------------------------------------------------

template <class T>
shared_value read_shared(std::string_view text)
{
    auto value = std::make_shared<T>();
    return codec::text_codec<T>::read(text, *value) ? value : nullptr;
}

// What cannot be written, is not cached; the caller gets it all the same.
template <class T>
std::optional<std::string> try_text(T const& value)
{
    try {
        return to_text(value);
    } catch (failure const&) {
        return std::nullopt;
    }
}

template <class T, class Loader>
consteval bool is_loader_of()
{
    if constexpr (task_function<Loader, std::string const&>)
        return std::is_convertible_v<
            typename std::invoke_result_t<Loader&, std::string const&>::value_type,
            std::optional<T>>;
    return false;
}

template <class T, class Loader>
task<loaded_value> load_shared(Loader& loader, std::string const& name)
{
    std::optional<T> loaded = co_await loader(name);
    if (!loaded)
        co_return loaded_value{};
    auto text = try_text(*loaded);
    co_return loaded_value{.value = std::make_shared<T const>(*std::move(loaded)),
                           .text = std::move(text)};
}

template <class T, class Loader>
cache_source source_of(Loader&& loader)
{
    return {.load = [kept = std::forward<Loader>(loader)](
                        std::string const& name) mutable { return load_shared<T>(kept, name); },
            .read = &read_shared<T>};
}

struct load_call {
    std::string name;
    cache_entry_options as;
};

template <class T, class Loader>
task<std::optional<T>> get_or_load_entry(cache_loads& loads, load_call call, Loader loader,
                                         std::source_location where)
{
    auto& store = loads.store();
    cache_reading reading;
    bool const answers =
        co_await store.try_read(store.entry_key(call.name), reading, call.as.tags, where);
    cache_result<T> found;
    if (!take_value(reading, found)) {
        static_cast<void>(store.damaged(where));
        found = {};
    }
    bool const is_fresh = found.state == cache_state::negative ||
                          (found.state == cache_state::hit && !store.is_due_early(reading));
    if (is_fresh) [[likely]]
        co_return std::move(found.value);

    flight_request asked{.name = std::move(call.name),
                         .source = source_of<T>(std::move(loader)),
                         .as = std::move(call.as),
                         .tokens = std::move(reading.tokens),
                         .server_answers = answers};
    if (answers && (!reading.bytes.empty() || reading.failed))
        asked.seen = reading.header();
    if (found.value) {
        asked.usable = std::make_shared<T const>(*found.value);
        loads.refresh(std::move(asked), (co_await this_context{}).trace);
        co_return std::move(found.value);
    }
    auto const loaded = co_await loads.join(std::move(asked));
    if (!loaded)
        co_return std::nullopt;
    co_return *static_cast<T const*>(loaded.get());
}

}  // namespace redstart::toolkit::toolkit_detail
