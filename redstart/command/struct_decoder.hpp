// Replies that are structs of ours: an array of exactly its parts, or a list of pairs.
//
//   template <class Element>
//   struct decoder<popped<Element>> : array_decoder<popped<Element>, std::string, Element> {};

#pragma once

#include "redstart/command/decoder.hpp"

#include <tuple>
#include <vector>

namespace redstart {

// A struct that is made of these parts in the order in which they are sent.
template <class T, class... Parts>
class array_decoder {
public:
    decode_step feed(wire::token const& t, text_assembly& parts) { return parts_.feed(t, parts); }
    T take()
    {
        return std::apply([](auto&&... each) { return T{std::move(each)...}; }, parts_.take());
    }

private:
    decoder<std::tuple<Parts...>> parts_;
};

// Structs of two parts, in every shape of a list of pairs.
template <class T, class First, class Second>
class pairs_decoder {
public:
    decode_step feed(wire::token const& t, text_assembly& parts) { return pairs_.feed(t, parts); }
    std::vector<T> take()
    {
        std::vector<T> all;
        for (auto& [first, second] : pairs_.take())
            all.push_back(T{std::move(first), std::move(second)});
        return all;
    }

private:
    decoder<std::vector<std::pair<First, Second>>> pairs_;
};

// A page of a collection that is walked over: SCAN and its family.
template <class Item>
struct scan_page {
    std::uint64_t next = 0;  // the cursor for the next page; 0 after the last
    std::vector<Item> items;
    bool operator==(scan_page const&) const = default;
};
template <class Item>
struct decoder<scan_page<Item>> : array_decoder<scan_page<Item>, std::uint64_t, std::vector<Item>> {
};

}  // namespace redstart
