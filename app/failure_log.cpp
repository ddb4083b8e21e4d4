#include "app/failure_log.hpp"

#include <spdlog/spdlog.h>

#include <string>
#include <utility>

namespace redstart::app {

namespace {

constexpr boot_clock::duration interval = std::chrono::seconds{1};

std::string text_of(std::exception_ptr const& why)
{
    try {
        std::rethrow_exception(why);
    } catch (std::exception const& error) {
        return error.what();
    } catch (...) {
        return "failed";
    }
}

}  // namespace

failure_log::~failure_log()
{
    if (left_out_ > 0)
        spdlog::warn("{} more requests failed since the last line", left_out_);
}

void failure_log::write(std::string_view method, std::string_view route,
                        std::exception_ptr const& why)
{
    auto const left_out = admit(boot_clock::now());
    if (!left_out)
        return;
    auto const more =
        *left_out > 0 ? " (and " + std::to_string(*left_out) + " more since the last line)" : "";
    spdlog::warn("{} {}: {}{}", method, route, text_of(why), more);
}

std::optional<std::uint64_t> failure_log::admit(boot_clock::time_point now)
{
    std::lock_guard const held{mutex_};
    if (last_ && now - *last_ < interval) {
        ++left_out_;
        return std::nullopt;
    }
    last_ = now;
    return std::exchange(left_out_, 0);
}

}  // namespace redstart::app
