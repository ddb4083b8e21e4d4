#include "redstart/http/app.hpp"

#include <stdexcept>

namespace redstart::http {

namespace {

method_set with_automatic(method_set set)
{
    if (set.has(method::get))
        set.add(method::head);
    if (!set.empty())
        set.add(method::options);
    return set;
}

// Methods whose requests have a body only by mistake, or to make us keep it (RFC 9110, 9.3).
bool usually_has_no_body(method which)
{
    return which == method::get || which == method::head || which == method::del;
}

response answer_unmatched(context const& c)
{
    auto const allowed = c.allowed();
    auto const which = c.request().method;
    if (which == method::unknown)
        return response::problem(problem{501, "this method is not known here"});
    if (allowed.empty() && c.request().target != "*")
        return response::problem(problem{404, "there is nothing at this path"});
    auto answer = which == method::options
                      ? response::no_content()
                      : response::problem(problem{405, "this path does not have that method"});
    answer.headers.set("Allow", to_string(allowed));
    return answer;
}

}  // namespace

route_group::route_group(app& root, route_group const* parent, std::string prefix)
    : root_{root}, parent_{parent}, prefix_{std::move(prefix)}
{
}

route_group& route_group::use(middleware around)
{
    root_.refuse_when_sealed();
    around_.push_back(std::move(around));
    return *this;
}

route_group& route_group::get(std::string_view pattern, handler answer, route_options options)
{
    return add(method::get, pattern, std::move(answer), options);
}

route_group& route_group::head(std::string_view pattern, handler answer, route_options options)
{
    return add(method::head, pattern, std::move(answer), options);
}

route_group& route_group::post(std::string_view pattern, handler answer, route_options options)
{
    return add(method::post, pattern, std::move(answer), options);
}

route_group& route_group::put(std::string_view pattern, handler answer, route_options options)
{
    return add(method::put, pattern, std::move(answer), options);
}

route_group& route_group::patch(std::string_view pattern, handler answer, route_options options)
{
    return add(method::patch, pattern, std::move(answer), options);
}

route_group& route_group::del(std::string_view pattern, handler answer, route_options options)
{
    return add(method::del, pattern, std::move(answer), options);
}

route_group& route_group::options(std::string_view pattern, handler answer, route_options options)
{
    return add(method::options, pattern, std::move(answer), options);
}

route_group& route_group::group(std::string_view prefix) { return add_group(prefix, this); }

route_group& route_group::bare_group(std::string_view prefix) { return add_group(prefix, nullptr); }

route_group& route_group::add_group(std::string_view prefix, route_group const* parent)
{
    root_.refuse_when_sealed();
    if (!prefix.empty() && (!prefix.starts_with('/') || prefix.ends_with('/')))
        throw std::logic_error{"the prefix \"" + std::string{prefix} +
                               "\" must be empty, or begin with a slash and not end with one"};
    root_.groups_.emplace_back(new route_group{root_, parent, prefix_ + std::string{prefix}});
    return *root_.groups_.back();
}

route_group& route_group::add(method which, std::string_view pattern, handler answer,
                              route_options options)
{
    root_.refuse_when_sealed();
    route made;
    made.method = which;
    made.answer = std::move(answer);
    made.options = options;
    if (usually_has_no_body(which) && !options.max_body)
        made.options.max_body = 0;
    made.pattern = prefix_ + std::string{pattern};
    made.number = static_cast<std::uint32_t>(root_.routes_.size()) + 1;
    root_.routes_.push_back({std::move(made), this});
    try {
        root_.router_.add(root_.routes_.back().made);
    } catch (...) {
        root_.routes_.pop_back();
        throw;
    }
    root_.all_methods_.add(which);
    return *this;
}

void route_group::collect(std::vector<middleware const*>& chain) const
{
    if (parent_)
        parent_->collect(chain);
    for (auto const& each : around_)
        chain.push_back(&each);
}

app::app() : route_group{*this, nullptr, {}}
{
    unmatched_.answer = [](context& c) -> task<response> { co_return answer_unmatched(c); };
}

app::~app() = default;

void app::refuse_when_sealed() const
{
    if (sealed_)
        throw std::logic_error{"an app cannot change once a server uses it"};
}

void app::seal()
{
    if (std::exchange(sealed_, true))
        return;
    for (auto& each : routes_)
        each.group->collect(each.made.chain);
    collect(unmatched_.chain);
}

void app::match(exchange& memory) const
{
    auto const& asked = memory.request;
    memory.allowed = {};
    memory.parameters.clear();
    memory.way = nullptr;
    if (asked.target != "*") {
        memory.way = router_.find(asked.method, asked.path, memory.parameters);
        if (!memory.way && asked.method == method::head)
            memory.way = router_.find(method::get, asked.path, memory.parameters);
    }
    if (memory.way)
        return;
    memory.way = &unmatched_;
    memory.allowed =
        with_automatic(asked.target == "*" ? all_methods_ : router_.methods(asked.path));
}

}  // namespace redstart::http
