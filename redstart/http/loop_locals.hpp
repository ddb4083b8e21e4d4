// State that middleware keeps per loop, such as bound metrics: reached without a lock, since only that loop has it.

#pragma once

#include <memory>
#include <utility>
#include <vector>

namespace redstart::http {

// Owned by a server's worker on a loop; used on that loop's thread only. What it holds ends with the server.
class loop_locals {
public:
    // The state of `owner` here; `make()` gives it when it is first asked for. One owner, one type.
    template <class T, class Make>
    T& get(void const* owner, Make&& make)
    {
        for (auto const& each : all_)
            if (each.owner == owner)
                return *static_cast<T*>(each.state.get());
        all_.push_back({owner, std::shared_ptr<T>{std::forward<Make>(make)()}});
        return *static_cast<T*>(all_.back().state.get());
    }

private:
    struct entry {
        void const* owner;
        std::shared_ptr<void> state;
    };
    std::vector<entry> all_;
};

}  // namespace redstart::http
