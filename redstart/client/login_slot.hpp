// AUTH on a connection that is in use, in order with everything else.

#pragma once

#include "redstart/client/credentials.hpp"
#include "redstart/engine/slot.hpp"

#include <optional>

namespace redstart {

class login_slot final : public engine::slot {
public:
    // Not while it is in flight.
    void set(credentials const& who) { request_.emplace(engine::auth_request(who)); }

    bool was_refused() const noexcept { return refused_; }
    void forget() noexcept
    {
        request_.reset();
        refused_ = false;
    }

private:
    wire::encoded_command encoded() const noexcept override { return request_->encoded(); }
    void on_token(wire::token const& token, text_assembly&) noexcept override
    {
        refused_ = refused_ || token.is_error();
    }
    void on_reply() noexcept override {}
    void on_failure(failure_code, outcome, std::string_view) noexcept override {}

    std::optional<wire::request> request_;
    bool refused_ = false;
};

}  // namespace redstart
