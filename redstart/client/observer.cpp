#include "redstart/client/observer.hpp"

#include "redstart/client/call.hpp"
#include "redstart/client/command_metrics.hpp"

#include <algorithm>

namespace redstart {

std::string observed_call::name() const
{
    auto const first = command_name(0);
    if (of_.slots.size() == 1 && !of_.is_transaction)
        return std::string{first};
    std::string const kind = of_.is_transaction ? "MULTI" : "PIPELINE";
    bool const same = std::ranges::all_of(of_.slots, [first](reply_slot const* slot) {
        return counted_name(slot->command().id()) == first;
    });
    return same ? kind + ' ' + std::string{first} : kind;
}

std::string_view observed_call::command_name(std::size_t index) const noexcept
{
    return counted_name(of_.slots[index]->command().id());
}

std::size_t observed_call::arguments(std::size_t index) const noexcept
{
    return of_.slots[index]->command().request().arguments();
}

std::size_t observed_call::request_bytes(std::size_t index) const noexcept
{
    return of_.slots[index]->command().request().encoded().size();
}

std::size_t observed_call::request_bytes() const noexcept
{
    std::size_t all = 0;
    for (std::size_t index = 0; index < commands(); ++index)
        all += request_bytes(index);
    return all;
}

std::optional<observed_failure> observed_call::failed(std::size_t index) const noexcept
{
    auto const& slot = *of_.slots[index];
    if (!slot.has_failed())
        return std::nullopt;
    return observed_failure{.code = slot.failed_code(),
                            .outcome = slot.failed_outcome(),
                            .server_code = slot.server_code(),
                            .type = error_type(slot.failed_code(), slot.server_code())};
}

std::string_view to_string(dial_purpose why) noexcept
{
    switch (why) {
    case dial_purpose::lane: return "lane";
    case dial_purpose::pool: return "pool";
    case dial_purpose::subscriptions: return "subscriptions";
    case dial_purpose::probe: return "probe";
    }
    return "unknown";
}

}  // namespace redstart
