// One command as the bytes that will be sent, encoded while it is built.
//
// The text is complete and contiguous after every call: the header *N stands right before the
// first argument, in room that is kept for it. Most commands fit into the object itself; a longer
// one moves to the heap and stays there. Arguments over 4 KiB stay beside the text.

#pragma once

#include "redstart/wire/encoded_command.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace redstart::wire {

// The name of a command, encoded when it is compiled: one or several words with single spaces
// between, each an argument.
class encoded_name {
public:
    consteval encoded_name(char const* name)
    {
        for (std::string_view rest = name;;) {
            auto const word = rest.substr(0, rest.find(' '));
            if (word.empty() || word.size() > 99)
                throw "the words of a name are separated by single spaces";
            put('$');
            if (word.size() >= 10)
                put(static_cast<char>('0' + word.size() / 10));
            put(static_cast<char>('0' + word.size() % 10));
            put_line(word);
            ++words_;
            if (word.size() == rest.size())
                return;
            rest.remove_prefix(word.size() + 1);
        }
    }

    std::string_view bytes() const { return {text_, size_}; }
    std::uint32_t words() const { return words_; }

private:
    consteval void put(char c) { text_[size_++] = c; }
    consteval void put_line(std::string_view word)
    {
        put('\r');
        put('\n');
        for (char const c : word)
            put(c);
        put('\r');
        put('\n');
    }

    char text_[48] = {};
    std::size_t size_ = 0;
    std::uint32_t words_ = 0;
};

// A value type that moves but is not copied. It owns its bytes, but for those that were lent to it:
// arguments may go away after they were added, and may be views of the request itself. Not
// thread-safe, const functions are.
// Arguments have no size limit here (a server has: proto-max-bulk-len, 512 MiB by default); what
// does not fit in memory throws std::bad_alloc and leaves the request unchanged. A moved-from
// request may only be assigned to or destroyed: moving is on the path of every command, so nothing
// is spent on what is left behind.
class request {
public:
    explicit request(encoded_name const& name);

    // With a name that is known only at run time: one or several words with single spaces between.
    static request named(std::string_view name);

    request(request&& other) noexcept { take(other); }
    request& operator=(request&& other) noexcept;
    request(request const&) = delete;
    request& operator=(request const&) = delete;
    ~request()
    {
        if (on_heap()) [[unlikely]]
            free_heap();
    }

    request& add(std::string_view argument);
    request& add(std::int64_t argument);
    request& add(std::uint64_t argument);

    // The shortest text that reads back the same, "inf" or "-inf". Never NaN (asserted).
    request& add(double argument);

    // The other integers. A character or a bool is none: say which text is meant.
    template <std::integral Integer>
    request& add(Integer argument)
    {
        static_assert(sizeof(Integer) > 1, "a character or a bool is not an integer argument");
        if constexpr (std::signed_integral<Integer>)
            return add(std::int64_t{argument});
        else
            return add(std::uint64_t{argument});
    }

    // The same without a copy of what is large: the bytes are taken over, or lent. What has more than a quarter of
    // its size to spare is copied once all the same, so that memory is bounded. What is lent must stay as it is until
    // the request is gone, and until whoever sends it has done so.
    request& add_owned(std::string&& argument);
    request& add_owned(std::vector<std::byte>&& argument);
    request& add_borrowed(std::string_view argument);

    // Adds the arguments of `other` from the given one on. Large ones are shared, not copied.
    request& add_rest_of(request const& other, std::uint32_t first);

    // The whole command.
    encoded_command encoded() const { return {{data_ + begin_, size_ - begin_}, large()}; }
    // The same in one piece, for those who do not mind the copy.
    std::string bytes() const;

    std::uint32_t arguments() const { return arguments_; }  // the words of the name count

    // Gives back the memory of a long command: what is left of that is its first argument, or as much of it as needs no
    // memory. A short one stays.
    void forget_arguments() noexcept;

    // For logs and routing: walks over the arguments before it. `index` is below arguments(). Good
    // until the next non-const call.
    std::string_view argument(std::uint32_t index) const;

private:
    static constexpr std::size_t header_room = 13;  // "*4294967295" CR LF
    static constexpr std::size_t inline_size = 160;

    using large_arguments = std::span<large_argument const>;
    struct place;

    request() = default;
    void add_text(std::string_view argument);
    void add_large(std::string_view bytes, std::shared_ptr<void const> owner);
    template <class Bytes>
    request& add_container(Bytes&& argument);
    std::unique_ptr<char[]> make_room(std::size_t size);
    void write_argument(std::string_view argument, std::size_t digits);
    void count_arguments(std::uint32_t added);
    void write_long_header();
    place begin_of(std::uint32_t index) const;
    std::string_view argument_at(place& here) const;
    large_arguments large() const
    {
        if (!on_heap() || !large_) [[likely]]
            return {};
        return *large_;
    }
    void free_heap() noexcept;
    void take(request& other) noexcept
    {
        // Most commands are short: copying a fixed size costs less than calling memcpy for the exact one.
        constexpr std::size_t short_size = 80;
        if (other.on_heap()) [[unlikely]] {
            data_ = std::exchange(other.data_, other.inline_);
            large_ = other.large_;
        } else {
            std::memcpy(data_ = inline_, other.inline_,
                        other.size_ <= short_size ? short_size : inline_size);
        }
        size_ = other.size_;
        capacity_ = other.capacity_;
        arguments_ = other.arguments_;
        begin_ = other.begin_;
    }
    bool on_heap() const { return data_ != inline_; }

    char* data_ = inline_;
    std::size_t size_ = header_room;  // of the text, the room in front included
    std::size_t capacity_ = inline_size;
    std::uint32_t arguments_ = 0;
    std::uint8_t begin_ = header_room;  // where the header starts
    union {
        char inline_[inline_size];
        // Once the text is on the heap; null while there are none. It lies in the room of the
        // header, so what stands behind that can still be read.
        std::vector<large_argument>* large_;
    };
    static_assert(sizeof(void*) < header_room - 4);
};

static_assert(sizeof(request) == 192);

}  // namespace redstart::wire
