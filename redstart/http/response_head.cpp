#include "redstart/http/response_head.hpp"

#include "redstart/http/status.hpp"
#include "redstart/http/syntax.hpp"

#include <array>
#include <charconv>
#include <cstdio>

namespace redstart::http {

namespace {

void append_number(std::size_t value, std::string& out)
{
    std::array<char, 20> digits;
    auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    out.append(digits.data(), end);
}

// The fields of the context that the response does not set itself.
void append_extra(response_headers const& extra, response_headers const& own, std::string& out)
{
    if (own.empty()) {
        out.append(extra.text());
        return;
    }
    std::string_view rest = extra.text();
    while (!rest.empty()) {
        auto const line = rest.substr(0, rest.find('\n') + 1);
        rest.remove_prefix(line.size());
        if (!own.get(line.substr(0, line.find(':'))))
            out.append(line);
    }
}

// A text that would end its line is left out: it comes from whoever did not pass a literal.
bool sends_media_type(response const& answer)
{
    return !answer.media_type.empty() && is_field_value(answer.media_type) &&
           (answer.headers.empty() || !answer.headers.get("Content-Type"));
}

}  // namespace

void append_head(response const& answer, response_framing const& framing, std::string& out)
{
    out.append("HTTP/1.1 ");
    append_number(static_cast<std::size_t>(answer.status), out);
    out.append(" ").append(reason_phrase(answer.status));
    out.append("\r\nDate: ").append(framing.date).append("\r\n");
    if (sends_media_type(answer))
        out.append("Content-Type: ").append(answer.media_type).append("\r\n");
    if (!is_bodiless(answer.status)) {
        out.append("Content-Length: ");
        append_number(answer.body.size(), out);
        out.append("\r\n");
    }
    if (!framing.keep_alive)
        out.append("Connection: close\r\n");
    else if (framing.minor_version == 0)
        out.append("Connection: keep-alive\r\n");
    out.append(answer.headers.text());
    if (framing.extra && !framing.extra->empty())
        append_extra(*framing.extra, answer.headers, out);
    out.append("\r\n");
}

std::string http_date(std::chrono::system_clock::time_point when)
{
    // Not strftime: the names must not follow the program's locale.
    static constexpr std::array<char const*, 7> days{"Sun", "Mon", "Tue", "Wed",
                                                     "Thu", "Fri", "Sat"};
    static constexpr std::array<char const*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    using namespace std::chrono;
    auto const day = floor<std::chrono::days>(when);
    year_month_day const date{day};
    hh_mm_ss const time{floor<seconds>(when - day)};
    std::array<char, 64> text;
    auto const length = std::snprintf(
        text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT",
        days[weekday{day}.c_encoding()], static_cast<unsigned>(date.day()),
        months[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
        static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
        static_cast<int>(time.seconds().count()));
    return {text.data(), static_cast<std::size_t>(length)};
}

std::string_view date_cache::text(boot_clock::time_point now)
{
    if (now >= until_) {
        auto const wall = std::chrono::system_clock::now();
        auto const next = std::chrono::floor<std::chrono::seconds>(wall) + std::chrono::seconds{1};
        text_ = http_date(wall);
        until_ = now + (next - wall);
    }
    return text_;
}

}  // namespace redstart::http
