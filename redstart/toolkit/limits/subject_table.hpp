// What a process remembers of subjects: a bounded table that forgets by itself. Private to toolkit.
//
// Eight places in each of many rows; a subject belongs to one row, by its hash, so that finding it costs the same
// whatever names others choose. Where a row is full, the place whose time ends first is given away. Any thread: each
// row has a lock, held for as long as a use of it takes.

#pragma once

#include "redstart/base/clock.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace redstart::toolkit::toolkit_detail {

// Value has `boot_clock::time_point until`: from then on it means nothing, as one that was just made.
template <class Value>
class subject_table {
public:
    static constexpr std::size_t longest_subject = 256;  // bytes; others are not remembered

    explicit subject_table(std::size_t capacity)
        : rows_(capacity == 0 ? 0 : std::bit_ceil((capacity + places - 1) / places))
    {
    }

    // What `use` makes of the subject's value, or of null where there is none.
    template <class Use>
    auto find(std::string_view subject, boot_clock::time_point now, Use const& use)
    {
        if (rows_.empty())
            return use(static_cast<Value*>(nullptr));
        auto const hash = std::hash<std::string_view>{}(subject);
        auto& row = rows_[hash & (rows_.size() - 1)];
        std::lock_guard const one_at_a_time{row.mutex};
        auto* const at = row.find(hash, subject);
        return use(at && at->value.until > now ? &at->value : nullptr);
    }

    // The same, with a fresh value where there is none; null for what is not remembered.
    template <class Use>
    auto find_or_make(std::string_view subject, boot_clock::time_point now, Use const& use)
    {
        if (rows_.empty() || subject.size() > longest_subject)
            return use(static_cast<Value*>(nullptr));
        auto const hash = std::hash<std::string_view>{}(subject);
        auto& row = rows_[hash & (rows_.size() - 1)];
        std::lock_guard const one_at_a_time{row.mutex};
        auto* at = row.find(hash, subject);
        if (!at) {
            at = &row.soonest_to_end();
            at->hash = hash;
            at->subject = subject;
            at->value = Value{};
        } else if (at->value.until <= now) {
            at->value = Value{};
        }
        return use(&at->value);
    }

private:
    static constexpr std::size_t places = 8;

    struct place {
        std::size_t hash = 0;
        Value value{};
        std::string subject;
    };
    struct row {
        place* find(std::size_t hash, std::string_view subject)
        {
            for (auto& each : all)
                if (each.hash == hash && each.subject == subject)
                    return &each;
            return nullptr;
        }
        place& soonest_to_end()
        {
            return *std::ranges::min_element(all, {},
                                             [](place const& it) { return it.value.until; });
        }
        std::mutex mutex;
        std::array<place, places> all{};
    };

    std::vector<row> rows_;
};

}  // namespace redstart::toolkit::toolkit_detail
