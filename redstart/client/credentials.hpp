// Who logs in, asked again at every dial, and told to connections that exist when it changes.
//
//   options.credentials = static_credentials("ada", "secret");
//
//   auto token = std::make_shared<rotating_credentials>(credentials{"ada", "first"});
//   options.credentials = token;
//   token->set({"ada", "second"});   // any thread: every connection logs in again, between two commands
//
// Nothing of a password appears in failures, logs, metrics or traces.

#pragma once

#include "redstart/engine/handshake.hpp"
#include "redstart/task/scheduler.hpp"
#include "redstart/task/task.hpp"

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace redstart {

using engine::credentials;

// Shared by all that use it: it may serve several clients. Derive from it to fetch a token from elsewhere.
class credentials_provider {
public:
    // A connection that logs in again, in its loop's thread.
    class follower {
    public:
        virtual void log_in_again(credentials const& who) = 0;

    protected:
        ~follower() = default;
    };

    credentials_provider() = default;
    credentials_provider(credentials_provider const&) = delete;
    credentials_provider& operator=(credentials_provider const&) = delete;
    virtual ~credentials_provider();

    // Asked at every dial, on the loop that dials; several loops may ask at once. The dial's timeout is the ambient
    // deadline. What it throws is why the dial failed, which is tried again after a pause; the text is shown.
    virtual task<credentials> fetch() = 0;

    // How often credentials were pushed. A dial notes it before it asks, so that it misses nothing.
    std::uint64_t pushes() const;
    // From now on `whose` is told of what is pushed, and at once of what was pushed after the first `seen`. Its loop's
    // thread, as for what follows.
    void follow(follower& whose, scheduler& home, std::uint64_t seen);
    void forget(follower& whose) noexcept;

protected:
    // Every connection logs in again with these. Any thread; the loops of all clients that use this still run.
    void push(credentials fresh);

private:
    struct follow_up;

    void notify(follow_up& one);

    mutable std::mutex mutex_;
    std::vector<follow_up*> followers_;
    credentials latest_;
    std::uint64_t pushes_ = 0;
};

// The same pair at every dial. An empty user is the default user.
std::shared_ptr<credentials_provider> static_credentials(std::string user, std::string password);

// A pair that may be replaced.
class rotating_credentials final : public credentials_provider {
public:
    explicit rotating_credentials(credentials first) : now_{std::move(first)} {}

    // Any thread. Dials take it from now on, and connections that exist log in again, each behind the commands that it
    // was given before; one to which the server refuses that is closed and dialled anew. So is that of subscriptions if
    // the server speaks RESP2, which takes no login there: what was missed is marked.
    void set(credentials fresh);

    task<credentials> fetch() override;

private:
    std::mutex mutex_;
    credentials now_;
};

}  // namespace redstart
