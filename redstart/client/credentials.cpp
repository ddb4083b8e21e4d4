#include "redstart/client/credentials.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace redstart {

// What is on its way to one follower. It lives until the follower has left and its loop holds it no more.
struct credentials_provider::follow_up : ready_node {
    follow_up(credentials_provider& from, follower& to, scheduler& where)
        : ready_node{&follow_up::arrive}, provider{from}, whose{&to}, home{where}
    {
    }

    static void arrive(ready_node& node)
    {
        auto& self = static_cast<follow_up&>(node);
        if (!self.whose) {
            delete &self;
            return;
        }
        credentials fresh;
        {
            std::lock_guard const lock{self.provider.mutex_};
            self.under_way = false;
            fresh = self.provider.latest_;
        }
        self.whose->log_in_again(fresh);
    }

    credentials_provider& provider;  // gone only after the follower
    follower* whose;                 // null: it has left
    scheduler& home;
    bool under_way = false;
};

credentials_provider::~credentials_provider()
{
    assert(followers_.empty() && "a client keeps its provider alive");
}

std::uint64_t credentials_provider::pushes() const
{
    std::lock_guard const lock{mutex_};
    return pushes_;
}

void credentials_provider::follow(follower& whose, scheduler& home, std::uint64_t seen)
{
    auto added = std::make_unique<follow_up>(*this, whose, home);
    std::lock_guard const lock{mutex_};
    followers_.push_back(added.get());
    auto& one = *added.release();
    if (pushes_ != seen)
        notify(one);
}

void credentials_provider::forget(follower& whose) noexcept
{
    std::lock_guard const lock{mutex_};
    auto const found = std::ranges::find(followers_, &whose, &follow_up::whose);
    if (found == followers_.end())
        return;
    auto* const gone = *found;
    followers_.erase(found);
    gone->whose = nullptr;
    if (!gone->under_way)  // otherwise its loop frees it
        delete gone;
}

void credentials_provider::notify(follow_up& one)
{
    if (!std::exchange(one.under_way, true))
        one.home.post(one);
}

void credentials_provider::push(credentials fresh)
{
    std::lock_guard const lock{mutex_};
    latest_ = std::move(fresh);
    ++pushes_;
    for (auto* const each : followers_)
        notify(*each);
}

namespace {

class fixed_credentials final : public credentials_provider {
public:
    explicit fixed_credentials(credentials who) : who_{std::move(who)} {}
    task<credentials> fetch() override { co_return who_; }

private:
    credentials who_;
};

}  // namespace

std::shared_ptr<credentials_provider> static_credentials(std::string user, std::string password)
{
    return std::make_shared<fixed_credentials>(
        credentials{.user = std::move(user), .password = std::move(password)});
}

void rotating_credentials::set(credentials fresh)
{
    // held over the push: what is fetched and what is pushed last agree
    std::lock_guard const lock{mutex_};
    now_ = fresh;
    push(std::move(fresh));
}

task<credentials> rotating_credentials::fetch()
{
    credentials copy;
    {
        std::lock_guard const lock{mutex_};
        copy = now_;
    }
    co_return copy;
}

}  // namespace redstart
