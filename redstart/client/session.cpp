#include "redstart/client/session.hpp"

#include "redstart/client/question.hpp"

#include <utility>

namespace redstart {

session::session(loop& home, client_options const& options, owner& whose)
    : owner_{whose}, link_{{.home = home, .options = options}, *this}
{
}

session::~session()
{
    ending_ = true;
    if (link_.is_connected())
        link_.drop(failure_code::connection_lost, "the connection of its own was closed");
    link_.close();
}

task<> session::begin(std::unique_ptr<connection> fresh)
{
    connection_id_ = fresh->identity().connection_id;
    link_.adopt(std::move(fresh));
    if (connection_id_ == 0 && link_.is_connected())
        connection_id_ = (co_await ask(link_, wire::request::named("CLIENT ID"))).value_or(0);
    if (!link_.is_connected())
        throw failure{{.code = failure_code::connection_lost,
                       .outcome = outcome::not_sent,
                       .command = {},
                       .reason = "the server closed the connection",
                       .server_text = {}}};
}

void session::on_lost() noexcept
{
    link_.fail_waiting(failure_code::connection_lost, "the connection of its own was lost");
    if (!ending_)
        owner_.on_session_lost(*this);
}

}  // namespace redstart
