#include "redstart/telemetry/resource.hpp"

#include "redstart/base/random.hpp"

#include <opentelemetry/sdk/version/version.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <span>

namespace redstart::telemetry {

namespace {

// RFC 9562, version 4.
std::string random_uuid()
{
    std::array<std::byte, 16> bytes{};
    fill_secure_random(bytes);
    bytes[6] = (bytes[6] & std::byte{0x0f}) | std::byte{0x40};
    bytes[8] = (bytes[8] & std::byte{0x3f}) | std::byte{0x80};
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            text.push_back('-');
        auto const value = std::to_integer<unsigned>(bytes[i]);
        text.push_back(digits[value >> 4]);
        text.push_back(digits[value & 15]);
    }
    return text;
}

std::string host_name()
{
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0)
        return {};
    return name.data();
}

void set(attributes& all, std::string_view name, attribute_value value)
{
    auto const place = std::ranges::lower_bound(
        all, name, {}, [](auto const& one) -> std::string_view { return one.first; });
    if (place != all.end() && place->first == name)
        place->second = std::move(value);
    else
        all.emplace(place, std::string{name}, std::move(value));
}

}  // namespace

attributes describe_process(service_identity const& service,
                            std::vector<std::pair<std::string, std::string>> const& stated)
{
    attributes all;
    set(all, "service.name", service.name);
    if (!service.version.empty())
        set(all, "service.version", service.version);
    set(all, "service.instance.id", random_uuid());
    set(all, "process.pid", std::int64_t{::getpid()});
    if (auto host = host_name(); !host.empty())
        set(all, "host.name", std::move(host));
    set(all, "telemetry.sdk.language", "cpp");
    set(all, "telemetry.sdk.name", "opentelemetry");
    set(all, "telemetry.sdk.version", OPENTELEMETRY_SDK_VERSION);
    for (auto const& [name, value] : stated)
        set(all, name, value);
    return all;
}

}  // namespace redstart::telemetry
