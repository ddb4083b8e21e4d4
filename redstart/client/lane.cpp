#include "redstart/client/lane.hpp"

#include "redstart/task/sleep.hpp"
#include "redstart/task/within.hpp"

#include <utility>

namespace redstart {

namespace {

failure lane_stopped()
{
    return failure{{.code = failure_code::stopped,
                    .outcome = outcome::not_sent,
                    .command = {},
                    .reason = "the client has been stopped",
                    .server_text = {}}};
}

}  // namespace

lane::lane(link::surroundings around)
    : home_{around.home}, options_{around.options}, link_{around, *this}, work_{around.home}
{
}

// On any thread, so it touches nothing of the loop: stop() has seen to that.
lane::~lane() = default;

// A slot is linked already, so there is no way back: without the few bytes that this takes, the program ends.
void lane::on_wanted() noexcept
{
    if (std::exchange(started_, true))
        return;
    work_.spawn(keep_connected());
}

// Runs until the lane stops. Every dial but the first is preceded by a pause, so that a server which accepts and hangs
// up at once is not stormed; the pauses begin anew once a connection has lasted.
task<> lane::keep_connected()
{
    backoff pause{options_.reconnect};
    while (true) {
        co_await try_dial();
        auto const settled_at = home_.now();
        if (link_.is_connected()) {
            co_await lost_.wait();
            if (home_.now() - settled_at > 2 * options_.reconnect.limit)
                pause.reset();
        }
        link_.bury();
        co_await sleep_for(pause.next());
    }
}

task<> lane::try_dial()
{
    auto dialled = co_await connection::try_dial(home_, options_, dial_purpose::lane);
    if (dialled)
        adopt(std::move(*dialled));
    else if (!stopping_)
        link_.note_unreachable(dialled.error());
    settled_.set();
}

void lane::adopt(std::unique_ptr<connection> fresh)
{
    identity_ = fresh->identity();
    lost_.reset();
    link_.adopt(std::move(fresh));
}

void lane::on_lost() noexcept { lost_.set(); }

void lane::on_silence() noexcept
{
    if (!std::exchange(probing_, true))
        work_.spawn(probe());
}

// Several commands timed out and not a byte came: either the server is stuck, or only this connection is. A new one
// tells.
task<> lane::probe()
{
    // If that fails, it is stuck as a whole: a new connection would be no better than this one.
    auto dialling = connection::try_dial(home_, options_, dial_purpose::probe);
    bool const answers = (co_await std::move(dialling)).has_value();
    probing_ = false;
    bool const still_silent = link_.is_silent();
    link_.forgive_silence();
    if (answers && still_silent)
        link_.drop(failure_code::connection_lost, "silent, while the server answers others");
}

task<engine::server_identity> lane::connect()
{
    while (!link_.is_connected() && !stopping_) {
        settled_.reset();
        on_wanted();
        co_await settled_.wait();
        auto const* const why = link_.unreachable_because();
        if (!link_.is_connected() && !stopping_ && why)
            throw failure{*why};
    }
    if (stopping_)
        throw lane_stopped();
    co_return identity_;
}

task<> lane::stop(boot_clock::duration grace)
{
    refuse_new();
    settled_.set();
    co_await link_.drain(grace);
    link_.close();
    co_await work_.stop();
    link_.close();  // a dial may have succeeded before it heard of this
    link_.bury();
}

}  // namespace redstart
