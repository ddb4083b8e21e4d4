#include "redstart/toolkit/optimistic/ledger.hpp"

#include "redstart/command/hashes.hpp"
#include "redstart/command/script.hpp"
#include "redstart/command/sorted_sets.hpp"
#include "redstart/toolkit/operation.hpp"
#include "redstart/toolkit/script_parts.hpp"

#include <limits>
#include <optional>
#include <tuple>
#include <utility>

namespace redstart::toolkit {

namespace {

using std::chrono::milliseconds;

// What became of it, by the number of its enumerator, and the two balances.
using move_reply = std::tuple<std::uint8_t, std::int64_t, std::int64_t>;

// An account without a name is the world outside. Up to which balance the amount still fits, the caller says: so no
// sum is formed that could overflow.
constexpr std::string_view move_text = R"(
local balances, operations = KEYS[1], KEYS[2]
local from, to, amount, fits_up_to = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local id, remember, most = ARGV[5], ARGV[6], ARGV[7]

local function balance_of(account)
    return account ~= '' and redis.call('HGET', balances, account) or '0'
end
local function is_balance(text)
    return text == '0' or text:find('^[1-9]%d*$') and at_most(text, '9223372036854775807')
end
-- What the server would refuse to add to, or would find when one half is done.
if not (is_balance(balance_of(from)) and is_balance(balance_of(to))) then
    return redis.error_reply('ERR an account of the ledger holds what is no balance')
end

local outcome = 0
if was_applied(operations, id, remember) then outcome = 1
elseif from ~= '' and not at_most(amount, balance_of(from)) then outcome = 2
elseif to ~= '' and not at_most(balance_of(to), fits_up_to) then outcome = 3
else
    if from ~= '' then redis.call('HINCRBY', balances, from, '-' .. amount) end
    if to ~= '' then redis.call('HINCRBY', balances, to, amount) end
    note_applied(operations, id, remember, most)
end
return {outcome, balance_of(from), balance_of(to)}
)";

script<move_reply> const& moving()
{
    static script<move_reply> const sent{"ledger_move",
                                         std::string{toolkit_detail::decimal_order_lua()}
                                             .append(toolkit_detail::operations_lua())
                                             .append(move_text)};
    return sent;
}

ledger_options checked(ledger_options options, std::source_location const& where)
{
    if (options.remember.count() <= 0 || options.remember > std::chrono::days{31})
        throw toolkit_detail::invalid_argument("operations are remembered for 1 ms to 31 days",
                                               where);
    if (options.max_operations == 0 || options.max_operations > 1'000'000)
        throw toolkit_detail::invalid_argument("a ledger remembers 1 to 1,000,000 operations",
                                               where);
    return options;
}

void check_text(std::string_view text, std::source_location const& where)
{
    if (text.empty() || text.size() > ledger::longest_id)
        throw toolkit_detail::invalid_argument("accounts and ids have 1 to 256 bytes", where);
}

task<transfer_result> move_and_read(client& db, command<move_reply> what,
                                    std::source_location where)
{
    auto const [outcome, from, to] = co_await db.exec(std::move(what), where);
    co_return transfer_result{
        .what = static_cast<transfer_outcome>(outcome), .from_balance = from, .to_balance = to};
}

task<std::int64_t> read_balance(client& db, command<std::optional<std::int64_t>> what,
                                std::source_location where)
{
    co_return (co_await db.exec(std::move(what), where)).value_or(0);
}

task<ledger_report> read_report(client& db, command<std::int64_t> accounts,
                                command<std::int64_t> operations)
{
    auto const [used, kept] = co_await db.exec(std::move(accounts), std::move(operations));
    co_return ledger_report{.accounts = used, .operations = kept};
}

}  // namespace

ledger::ledger(client& db, ledger_options options, std::source_location where)
    : db_{&db}, options_{checked(std::move(options), where)},
      balances_{key_space{options_.prefix, "ledger", where}.key_of<hash<std::string, std::int64_t>>(
          options_.name)},
      operations_{key_space{options_.prefix, "ledger", where}.key_of<zset<std::string>>(
          options_.name, ":operations")}
{
}

task<transfer_result> ledger::move(movement const& what, std::source_location const& where) const
{
    check_text(what.id, where);
    if (what.amount <= 0)
        throw toolkit_detail::invalid_argument("an amount is 1 or more", where);
    auto const fits_up_to = std::numeric_limits<std::int64_t>::max() - what.amount;
    return move_and_read(*db_,
                         moving()(keys(balances_, operations_), what.from, what.to, what.amount,
                                  fits_up_to, what.id, options_.remember.count(),
                                  options_.max_operations),
                         where);
}

task<transfer_result> ledger::transfer(movement const& what, std::source_location where) const
{
    check_text(what.from, where);
    check_text(what.to, where);
    if (what.from == what.to)
        throw toolkit_detail::invalid_argument("a transfer is between different accounts", where);
    return move(what, where);
}

task<transfer_result> ledger::deposit(std::string_view to, std::int64_t amount, std::string_view id,
                                      std::source_location where) const
{
    check_text(to, where);
    return move({.from = {}, .to = to, .amount = amount, .id = id}, where);
}

task<transfer_result> ledger::withdraw(std::string_view from, std::int64_t amount,
                                       std::string_view id, std::source_location where) const
{
    check_text(from, where);
    return move({.from = from, .to = {}, .amount = amount, .id = id}, where);
}

task<std::int64_t> ledger::balance(std::string_view account, std::source_location where) const
{
    check_text(account, where);
    return read_balance(*db_, hget(balances_, account), where);
}

task<ledger_report> ledger::report() const
{
    return read_report(*db_, hlen(balances_), zcard(operations_));
}

}  // namespace redstart::toolkit
