#include "redstart/toolkit/script_registry.hpp"

#include "redstart/client/batch.hpp"
#include "redstart/command/scripting.hpp"
#include "redstart/toolkit/operation.hpp"

#include <algorithm>
#include <utility>

namespace redstart::toolkit {

namespace {

using sources = std::vector<script_source const*>;

template <class Reply>
Reply reply_of(batch_replies& replies, batch_item<Reply> item)
{
    auto came = replies.take(item);
    if (!came)
        throw std::move(came).error();
    return *std::move(came);
}

task<std::vector<loaded_script>> load_all(client& db, sources scripts, std::source_location where)
{
    std::vector<loaded_script> loaded;
    batch sent;
    std::vector<batch_item<std::vector<bool>>> known;
    for (auto const* each : scripts) {
        known.push_back(sent.add(script_exists(each->sha1())));
        sent.add(script_load(each->text()));
        loaded.push_back({.name = std::string{each->name()},
                          .version = each->version(),
                          .sha1 = std::string{each->sha1()},
                          .was_known = false});
    }
    if (scripts.empty())
        co_return loaded;
    auto replies = co_await db.exec(std::move(sent), where);
    replies.throw_first_failure();
    for (std::size_t i = 0; i < known.size(); ++i)
        loaded[i].was_known = reply_of(replies, known[i]).at(0);
    co_return loaded;
}

}  // namespace

script_registry& script_registry::add(script_source const& one, std::source_location where)
{
    auto const same = std::ranges::find_if(scripts_, [&](script_source const* other) {
        return other->name() == one.name() && other->version() == one.version();
    });
    if (same == scripts_.end())
        scripts_.push_back(&one);
    else if ((*same)->text() != one.text())
        throw toolkit_detail::invalid_argument(
            "two scripts of one name and version have different texts", where);
    return *this;
}

task<std::vector<loaded_script>> script_registry::load(client& db, std::source_location where) const
{
    return load_all(db, scripts_, where);
}

}  // namespace redstart::toolkit
