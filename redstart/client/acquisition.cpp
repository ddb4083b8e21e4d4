// Waiting for a session in a coroutine: session_pool::acquire().

#include "redstart/client/session_pool.hpp"
#include "redstart/task/waiter.hpp"

#include <optional>
#include <string>
#include <utility>

namespace redstart {

namespace {

class [[nodiscard]] acquisition final : private waiter, private session_pool::request {
public:
    explicit acquisition(session_pool& from) noexcept : pool_{from} {}

    bool await_ready() const noexcept { return false; }
    template <contextual Promise>
    bool await_suspend(std::coroutine_handle<Promise> awaiting) noexcept
    {
        return start(awaiting.promise().ambient(), awaiting);
    }
    session_pool::lease await_resume()
    {
        if (refused_)
            throw failure{{.code = refused_->code,
                           .outcome = outcome::not_sent,
                           .command = {},
                           .reason = std::move(refused_->reason),
                           .server_text = {}}};
        throw_unless_finished(std::source_location::current());
        return std::move(granted_);
    }

private:
    bool start(context const& ambient, std::coroutine_handle<> awaiting) noexcept
    {
        if (!may_begin(ambient, no_deadline))
            return false;
        pool_.ask(*this);
        if (refused_ || granted_)
            return false;
        begin(ambient, no_deadline, awaiting);
        return true;
    }
    bool given_up(ending why) noexcept override
    {
        refused_ = pool_.leave(*this, why);
        return true;
    }
    void on_session(session_pool::lease granted) noexcept override
    {
        granted_ = std::move(granted);
        settle();
    }
    void on_refused(session_pool::refusal why) noexcept override
    {
        refused_ = std::move(why);
        settle();
    }
    void settle() noexcept
    {
        if (has_begun())
            finish();
    }

    session_pool& pool_;
    session_pool::lease granted_;
    std::optional<session_pool::refusal> refused_;
};

}  // namespace

task<session_pool::lease> session_pool::acquire() { co_return co_await acquisition{*this}; }

}  // namespace redstart
