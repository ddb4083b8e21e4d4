// What db.exec() and db.try_exec() give: the call, to be awaited at once.

#pragma once

#include "redstart/client/call.hpp"

#include <array>
#include <expected>
#include <source_location>
#include <tuple>

namespace redstart {

namespace client_detail {

template <class Reply>
class [[nodiscard("nothing is sent until it is awaited")]] exec_one : protected call {
public:
    exec_one(client& through, command<Reply>&& sent, std::source_location where) noexcept
        : call{through, where}, slot_{std::move(sent)}
    {
    }

    bool await_ready() const noexcept { return false; }
    template <contextual Promise>
    bool await_suspend(std::coroutine_handle<Promise> awaiting)
    {
        return start(awaiting.promise().ambient(), {{&slot_pointer_, 1}}, awaiting);
    }
    Reply await_resume()
    {
        if (slot_.has_failed()) [[unlikely]]
            throw slot_.make_failure(where());
        return slot_.take();
    }

protected:
    typed_reply_slot<Reply> slot_;
    reply_slot* slot_pointer_ = &slot_;
};

template <class Reply>
class try_exec_one : public exec_one<Reply> {
public:
    using exec_one<Reply>::exec_one;

    std::expected<Reply, failure> await_resume() { return this->slot_.result(this->where()); }
};

template <class... Replies>
class [[nodiscard("nothing is sent until it is awaited")]] exec_several : protected call {
public:
    explicit exec_several(client& through, command<Replies>&&... sent) noexcept
        : call{through, {}}, slots_{std::move(sent)...}
    {
    }

    // The default is where it is awaited: a parameter behind a pack could not have one.
    bool await_ready() const noexcept { return false; }
    template <contextual Promise>
    bool await_suspend(std::coroutine_handle<Promise> awaiting,
                       std::source_location where = std::source_location::current())
    {
        set_where(where);
        pointers_ = std::apply(
            [](auto&... each) { return std::array<reply_slot*, sizeof...(Replies)>{&each...}; },
            slots_);
        return start(awaiting.promise().ambient(), {pointers_}, awaiting);
    }
    std::tuple<Replies...> await_resume()
    {
        for (auto const* each : pointers_)
            if (each->has_failed())
                throw each->make_failure(where());
        return std::apply([](auto&... each) { return std::tuple<Replies...>{each.take()...}; },
                          slots_);
    }

protected:
    std::tuple<typed_reply_slot<Replies>...> slots_;
    std::array<reply_slot*, sizeof...(Replies)> pointers_{};
};

template <class... Replies>
class try_exec_several : public exec_several<Replies...> {
public:
    using exec_several<Replies...>::exec_several;

    std::tuple<std::expected<Replies, failure>...> await_resume()
    {
        auto const result = [this]<class Reply>(typed_reply_slot<Reply>& each) {
            return each.result(this->where());
        };
        return std::apply(
            [&](auto&... each) {
                return std::tuple<std::expected<Replies, failure>...>{result(each)...};
            },
            this->slots_);
    }
};

}  // namespace client_detail

}  // namespace redstart
