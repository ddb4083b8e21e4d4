#include "redstart/client/question.hpp"

#include "redstart/task/event.hpp"

#include <utility>

namespace redstart {

namespace {

// Lives in the frame of whoever asks.
class question_slot final : public engine::slot {
public:
    explicit question_slot(wire::request&& question) noexcept : question_{std::move(question)} {}

    event& ended() noexcept { return ended_; }
    std::optional<std::int64_t> answer() const noexcept { return answer_; }

private:
    wire::encoded_command encoded() const noexcept override { return question_.encoded(); }
    void on_token(wire::token const& token, text_assembly&) noexcept override
    {
        if (!token.is_error())
            answer_ = token.kind == wire::kind::integer ? token.number : 0;
    }
    void on_reply() noexcept override { ended_.set(); }
    void on_failure(failure_code, outcome, std::string_view) noexcept override
    {
        answer_.reset();
        ended_.set();
    }

    wire::request question_;
    std::optional<std::int64_t> answer_;
    event ended_;
};

}  // namespace

task<std::optional<std::int64_t>> ask(link& through, wire::request question)
{
    question_slot slot{std::move(question)};
    if (through.resubmit(slot) != link::admission::accepted)
        co_return std::nullopt;
    through.flush_if_many();
    try {
        co_await slot.ended().wait();
    } catch (failure const&) {
        if (slot.is_in_flight())
            through.abandon(slot);
        throw;
    }
    co_return slot.answer();
}

}  // namespace redstart
