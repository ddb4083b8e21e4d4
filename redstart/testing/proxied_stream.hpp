// One direction of one connection through a fault_proxy: what was taken from one side and not yet
// handed to the other.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>

namespace redstart::testing {

// What is done to one direction, on all connections.
struct stream_faults {
    bool stalled = false;
    bool swallowed = false;  // what comes is dropped
    std::chrono::milliseconds delay{};
    std::size_t piece = 0;                          // 0: as it comes
    std::optional<std::uint64_t> cut_left{};        // bytes that may still pass
    std::optional<std::uint64_t> corrupted_left{};  // bytes that still pass as they are
};

// The descriptors are not its own. One thread.
class proxied_stream {
public:
    using clock = std::chrono::steady_clock;
    enum class result : std::uint8_t {
        done,     // there may be more to do
        not_now,  // nothing can be done before something else happens
        cut,      // the time has come that `cut_left` arranged
        broken,
    };

    // A receiver that takes nothing, and one that gets pieces, is asked again after this.
    static constexpr std::chrono::microseconds between_pieces{300};

    proxied_stream() noexcept = default;
    proxied_stream(int from, int to) noexcept : from_{from}, to_{to} {}

    int from() const noexcept { return from_; }
    bool wants_bytes(stream_faults const& doing) const noexcept;
    // When the oldest of what is held may go on; nothing if nothing is held, or it may not.
    std::optional<clock::time_point> due(stream_faults const& doing) const;

    result take(stream_faults const& doing);
    // Sends of the oldest chunk what may go now, and adds to `forwarded`.
    result send_due(stream_faults& doing, std::uint64_t& forwarded);
    // Hands on the end of its side when all before it has gone.
    void end_softly();

    void set_frozen(bool wanted) noexcept { frozen_ = wanted; }
    bool has_swallowed() const noexcept { return has_swallowed_; }
    bool has_ended() const noexcept { return to_ended_; }

private:
    struct chunk {
        clock::time_point due;
        std::string bytes;
    };

    void corrupt_oldest();

    int from_ = -1;
    int to_ = -1;
    std::list<chunk> held_;
    std::size_t held_bytes_ = 0;
    clock::time_point next_piece_;
    bool frozen_ = false;
    bool has_swallowed_ = false;
    bool from_ended_ = false;
    bool to_ended_ = false;  // and the other side was told
};

}  // namespace redstart::testing
