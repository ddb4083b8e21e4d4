#include "redstart/client/subscription.hpp"

#include "redstart/client/client.hpp"
#include "redstart/client/mailbox.hpp"
#include "redstart/client/subscriber.hpp"

#include <utility>

namespace redstart {

failure message_detail::cannot_read(std::source_location where)
{
    return failure{{.code = failure_code::decode_failed,
                    .outcome = outcome::not_sent,
                    .command = {},
                    .reason = "the message is not what its channel is declared for",
                    .server_text = {}},
                   where};
}

any_subscription::any_subscription(std::unique_ptr<mailbox> receives) noexcept
    : receives_{std::move(receives)}
{
}

any_subscription::any_subscription(any_subscription&& other) noexcept = default;
any_subscription& any_subscription::operator=(any_subscription&& other) noexcept = default;
any_subscription::~any_subscription() = default;

task<> any_subscription::close() { return receives_->close(); }

subscription_stats const& any_subscription::stats() const noexcept { return receives_->stats(); }

task<std::optional<published>> any_subscription::next_published(std::source_location where)
{
    return receives_->next(where);
}

task<std::unique_ptr<mailbox>> client_detail::open_mailbox(client& through, engine::feed what,
                                                           subscription_options options,
                                                           std::source_location where)
{
    auto const here = co_await this_context();
    co_return co_await through.on(*here.loop)
        .subscriptions()
        .subscribe(std::move(what), options, where);
}

}  // namespace redstart
