#include "redstart/http/connection.hpp"

#include "redstart/http/status.hpp"

#include <utility>

namespace redstart::http {

namespace {

constexpr rejection too_many_bodies{503, "too many bodies of requests are held"};

}  // namespace

connection::connection(connection_service& service, connection_owner& owner, transport& out,
                       peer who)
    : timer_node{[](timer_node& self) { static_cast<connection&>(self).expired(); }},
      ready_node{[](ready_node& self) {
          auto& mine = static_cast<connection&>(self);
          mine.owner_.ended(mine);
      }},
      service_{service}, owner_{owner}, transport_{out}, peer_{std::move(who)},
      reader_{service.bounds, exchange_.request}
{
    exchange_.request.peer_address = peer_.address;
    exchange_.request.peer_port = peer_.port;
}

connection::~connection()
{
    service_.loop.stop(*this);
    service_.loop.forget(*this);
    drop_body();
}

void connection::start() noexcept { wait_for_bytes(); }

void connection::turn_away(rejection why) { refuse(why); }

void connection::drain() noexcept
{
    draining_ = true;
    if (phase_ == phase::reading && reader_.is_at_start() && out_.empty())
        finish();
}

void connection::abort() noexcept
{
    if (phase_ == phase::handling)
        give_up_handler();
    else
        finish();
}

// ---- Reading ----

std::span<char> connection::read_buffer() { return reader_.space(); }

void connection::on_read(std::size_t bytes)
{
    reader_.commit(bytes);
    switch (phase_) {
    case phase::reading: advance(); break;
    case phase::closing: reader_.discard(); break;
    case phase::lingering:
        reader_.discard();
        lingered_ += bytes;
        if (lingered_ > service_.bounds.linger_bytes)
            finish();
        break;
    case phase::handling:
    case phase::ended: break;
    }
    pause_when_full();
}

void connection::pause_when_full() noexcept
{
    if (phase_ == phase::ended || !reader_.is_full() || std::exchange(paused_, true))
        return;
    transport_.pause_reading();
}

void connection::resume()
{
    if (paused_ && !reader_.is_full() && phase_ != phase::ended) {
        paused_ = false;
        transport_.resume_reading();
    }
}

// Goes on as far as the bytes that came reach. An answer that the client does not read holds up the next request.
void connection::advance()
{
    while (phase_ == phase::reading && !blocked_) {
        auto const reached = reader_.advance();
        if (!keeps_body()) {
            refuse(too_many_bodies);
            return;
        }
        switch (reached) {
        case request_reader::progress::need_more: wait_for_bytes(); return;
        case request_reader::progress::head_complete:
            if (!begin_request())
                return;
            break;
        case request_reader::progress::complete: dispatch(); return;
        case request_reader::progress::refused: refuse(reader_.why()); return;
        }
    }
}

void connection::wait_for_bytes()
{
    flush();
    if (blocked_)
        return;
    if (at_end_) {
        finish();  // what is not whole by now never will be
        return;
    }
    auto const& bounds = service_.bounds;
    auto const now = service_.loop.now();
    if (reader_.is_at_start()) {
        if (draining_)
            finish();
        else
            arm(watch::idle,
                deadline_after(now, served_ == 0 ? bounds.first_deadline : bounds.idle_deadline));
    } else if (reader_.is_in_body()) {
        watch_transfer(watch::body, 0);
    } else {
        arm(watch::head, deadline_after(now, bounds.head_deadline));
    }
}

// A whole head is there: finds who answers, and decides about the body before a byte of it is taken.
bool connection::begin_request()
{
    exchange_.started = boot_clock::now();
    exchange_.headers.clear();
    exchange_.client_has_left = false;
    service_.routes.match(exchange_);
    disarm();
    if (exchange_.way->pattern.empty()) {
        reader_.leave_body();  // nobody is there who wants it
        return true;
    }
    auto const most = exchange_.way->options.max_body.value_or(service_.bounds.max_body);
    if (!reader_.accept_body(most)) {
        refuse(reader_.why());
        return false;
    }
    if (reader_.framing().length > service_.bounds.max_buffered_bodies) {
        refuse({413, "the body is too large"});  // however long it waits
        return false;
    }
    if (reader_.framing().length > service_.bounds.max_buffered_bodies - service_.buffered_bodies) {
        refuse(too_many_bodies);  // rather than when much of it has come
        return false;
    }
    if (reader_.framing().expects_continue && reader_.unread() == 0) {
        out_.tail().append(continue_head);
        out_.appended();
        flush();
    }
    return true;
}

// Counts what has come of the body. False if that is more than the loop may hold.
bool connection::keeps_body() noexcept
{
    auto const size = exchange_.request.body.size();
    if (size == buffered_)
        return true;
    service_.buffered_bodies += size - buffered_;
    buffered_ = size;
    return service_.buffered_bodies <= service_.bounds.max_buffered_bodies;
}

void connection::drop_body() noexcept
{
    std::string{}.swap(exchange_.request.body);  // an assignment would keep the memory
    service_.buffered_bodies -= std::exchange(buffered_, 0);
}

void connection::refuse(rejection why)
{
    if (service_.on_rejected)
        service_.on_rejected(why, peer_.address);
    problem shown{why.status, std::string{why.detail}};
    if (why.status == 503)
        shown.header("Retry-After", "1");
    auto answer = response::problem(shown);
    exchange_.headers.clear();
    append_response(answer, false);
    close_when_written();
}

// ---- Answering ----

void connection::dispatch()
{
    disarm();
    phase_ = phase::handling;
    cancel_.emplace();
    auto const limit =
        exchange_.way->options.request_deadline.value_or(service_.bounds.request_deadline);
    ambient_ = {.loop = &service_.loop,
                .deadline = deadline_after(service_.loop.now(), limit),
                .cancel = &*cancel_,
                .trace = nullptr};
    auto work = run(*this);
    work.start(ambient_, *this);
    work.release();  // destroyed in ended()
    watch_half_closed();
    if (!out_.empty())
        service_.loop.call_before_idle(*this);  // if the handler waits, what is gathered does not
}

branch connection::run(connection& self)
{
    std::exception_ptr thrown;
    try {
        context c{self.exchange_, self.service_.shared};
        self.answer_ = co_await app::answer(c);
        co_return;
    } catch (...) {
        thrown = std::current_exception();
    }
    self.answer_ = self.answer_for(std::move(thrown));
}

response connection::answer_for(std::exception_ptr why) const
{
    auto const shown = describe(why);
    if (shown.status() >= 500 && service_.on_unhandled && !gone_)
        service_.on_unhandled(std::move(why));
    return response::problem(shown);
}

std::coroutine_handle<> connection::ended(branch::handle which) noexcept
{
    which.destroy();
    answered();
    return std::noop_coroutine();
}

void connection::answered()
{
    phase_ = phase::reading;
    if (gone_) {
        finish();
        return;
    }
    ++served_;
    bool const keep_alive = !reader_.is_last() && !draining_ && !answer_.close &&
                            served_ < service_.bounds.max_requests;
    append_response(answer_, keep_alive);
    if (!keep_alive) {
        close_when_written();
        return;
    }
    reader_.begin_next();
    service_.buffered_bodies -= std::exchange(buffered_, 0);
    if (out_.size() >= service_.bounds.max_gathered)
        flush();
    advance();
    resume();
}

void connection::append_response(response& answer, bool keep_alive)
{
    if (answer.status < 200 || answer.status > 999)
        answer =
            response::problem(problem{500});  // an interim status would leave the client waiting
    auto const& asked = exchange_.request;
    append_head(answer,
                {.minor_version = asked.minor_version,
                 .keep_alive = keep_alive,
                 .date = service_.date.text(service_.loop.now()),
                 .extra = &exchange_.headers},
                out_.tail());
    out_.appended();
    if (asked.method != method::head && !is_bodiless(answer.status))
        out_.add(std::move(answer.body));
}

// The connection itself lives on until the handler has ended.
void connection::give_up_handler() noexcept
{
    gone_ = true;
    disarm();
    service_.loop.forget(*this);
    transport_.close();
    cancel_->request();
}

}  // namespace redstart::http
