// What a process remembers of subjects: a bounded table that forgets by itself. Private to toolkit.
//
// Sixteen places in each of many rows; a subject belongs to one row, by its hash, so that finding it costs the same
// whatever names others choose. The hash has a random seed, so that names for one row cannot be computed beforehand;
// and subjects are compared byte by byte, so nobody is taken for another. Where a row is full, the place whose time
// ends first is given away, or the new subject is not remembered, as its owner chooses. Any thread: each row has a
// lock, held for as long as a use of it takes.

#pragma once

#include "redstart/base/clock.hpp"
#include "redstart/toolkit/limits/subject_hash.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace redstart::toolkit::toolkit_detail {

enum class when_full : std::uint8_t { give_a_place_away, remember_no_more };

// Value has `boot_clock::time_point until`: from then on it means nothing, as one that was just made.
template <class Value, when_full Then = when_full::give_a_place_away>
class subject_table {
public:
    static constexpr std::size_t longest_subject = 256;  // bytes; others are not remembered

    explicit subject_table(std::size_t capacity) : rows_((capacity + places - 1) / places) {}

    // What `use` makes of the subject's value, or of null where there is none, and of the time.
    template <class Use>
    auto find(std::string_view subject, Use const& use)
    {
        if (rows_.empty())
            return use(static_cast<Value*>(nullptr), boot_clock::now());
        auto const hash = hash_(subject);
        auto& row = row_of(hash);
        auto const now = time_meanwhile(row);
        std::lock_guard const one_at_a_time{row.mutex};
        auto* const at = row.find(mark_of(hash), subject);
        return use(at && at->value.until > now ? &at->value : nullptr, now);
    }

    // The same, with a fresh value where there is none; null for what is not remembered.
    template <class Use>
    auto find_or_make(std::string_view subject, Use const& use)
    {
        if (rows_.empty() || subject.size() > longest_subject)
            return use(static_cast<Value*>(nullptr), boot_clock::now());
        auto const hash = hash_(subject);
        auto& row = row_of(hash);
        auto const now = time_meanwhile(row);
        std::lock_guard const one_at_a_time{row.mutex};
        auto* at = row.find(mark_of(hash), subject);
        if (!at)
            at = row.make(mark_of(hash), subject, now);
        else if (at->value.until <= now)
            at->value = Value{};
        return use(at ? &at->value : nullptr, now);
    }

private:
    static constexpr std::size_t places = 16;

    struct place {
        Value value{};
        std::string subject;
    };
    // The lock and a few bits of each subject's hash lie in one cache line: most searches read that and one place.
    struct alignas(64) row {
        place* find(char mark, std::string_view subject)
        {
            unsigned alike = 0;  // a bit for each place
            for (std::size_t i = 0; i < places; ++i)
                alike |= unsigned{marks[i] == mark} << i;
            for (; alike != 0; alike &= alike - 1)
                if (auto& it = all[static_cast<std::size_t>(std::countr_zero(alike))];
                    it.subject == subject)
                    return &it;
            return nullptr;
        }
        place* make(char mark, std::string_view subject, boot_clock::time_point now)
        {
            auto* const found =
                std::ranges::min_element(all, {}, [](place const& it) { return it.value.until; });
            if (Then == when_full::remember_no_more && found->value.until > now)
                return nullptr;
            marks[static_cast<std::size_t>(found - all.data())] = mark;
            found->subject = subject;
            found->value = Value{};
            return found;
        }

        std::mutex mutex;
        std::array<char, places> marks{};
        std::array<place, places> all{};
    };

    row& row_of(std::uint64_t hash) { return rows_[(hash & 0xffff'ffff) * rows_.size() >> 32]; }
    static char mark_of(std::uint64_t hash) { return static_cast<char>(hash >> 56); }

    // The row is on its way from memory while the clock is read: with many subjects that is half of the time.
    static boot_clock::time_point time_meanwhile(row& wanted) noexcept
    {
        __builtin_prefetch(&wanted, 1);
        return boot_clock::now();
    }

    subject_hash const hash_;
    std::vector<row> rows_;
};

}  // namespace redstart::toolkit::toolkit_detail
