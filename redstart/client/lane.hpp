// A lane: a link that is kept connected. One loop's commands share it.
//
// It opens nothing until it is first needed; from then on it dials, and dials again, until it is stopped.

#pragma once

#include "redstart/client/link.hpp"
#include "redstart/task/task_group.hpp"

#include <memory>
#include <optional>

namespace redstart {

// One loop's thread, but for the constructor and the destructor.
class lane final : private link::owner {
public:
    explicit lane(link::surroundings around);
    lane(lane const&) = delete;
    lane& operator=(lane const&) = delete;
    ~lane();  // stop() first

    redstart::link& link() noexcept { return link_; }
    redstart::link const& link() const noexcept { return link_; }

    // Waits for a settled connection. Throws what the first attempt to make one failed of.
    task<engine::server_identity> connect();

    void refuse_new() noexcept { link_.refuse_new(), stopping_ = true; }
    // Takes no more commands, gives those in flight `grace`, fails what is left, and closes.
    task<> stop(boot_clock::duration grace);

private:
    task<> keep_connected();
    task<> try_dial();
    task<> probe();
    void adopt(std::unique_ptr<connection> fresh);

    void on_wanted() noexcept override;
    void on_lost() noexcept override;
    void on_silence() noexcept override;

    loop& home_;
    client_options const& options_;
    redstart::link link_;
    engine::server_identity identity_;
    task_group work_;
    event settled_;  // a dial has succeeded or failed
    event lost_;     // the connection is gone
    bool started_ = false;
    bool stopping_ = false;
    bool probing_ = false;
};

}  // namespace redstart
