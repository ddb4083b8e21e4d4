// A ledger: balances of accounts, and transfers between them that happen as a whole, once, or not at all.
//
//     ledger money{db, {.name = "shop"}};
//     auto const paid = co_await money.transfer({"ada", "bob", 25, payment_id});
//     if (paid.what == transfer_outcome::insufficient_funds) co_return too_little(paid.from_balance);
//
// One hash, <prefix>:ledger:{<name>}, a field for each account; a missing account holds 0. No balance is ever below 0.
// Balances and amounts are whole numbers (of cents, say), exact over all of int64. A transfer is one script: nobody
// sees it half done, and the sum of all balances changes by deposits and withdrawals alone. Where something else was
// written to an account, operations on it fail (server_error), and change nothing.
//
// Every change carries an id, and is applied once however often it is sent: ids are kept beside the ledger
// (…:{<name>}:operations, a sorted set) for `remember`, and at most max_operations of them, the oldest go first. What
// was refused is not remembered: sent again, it may find the funds. So a failure that is maybe_applied is answered by
// sending the same again. Only the id is compared, with those of all kinds of changes: the same id with another amount
// or other accounts is a repeat all the same, and moves nothing.
//
// One ledger is two keys in one cluster slot, hence on one server. For accounts that lie elsewhere, client::transact()
// moves amounts between any keys of one slot. What a server had not yet replicated or written to disk when it failed is
// lost, and so is what it evicts, all balances or all ids: money that must not be lost belongs in a database.
//
// Cost: one round trip; a change O(log of the ids kept), and at most 200 ids that are forgotten go with it; balance and
// report O(1). Deadline and cancellation are the ambient ones, failures are thrown on.

#pragma once

#include "redstart/client/client.hpp"
#include "redstart/codec/described.hpp"
#include "redstart/toolkit/key_space.hpp"

#include <chrono>
#include <cstdint>
#include <source_location>
#include <string>
#include <string_view>

namespace redstart::toolkit {

struct ledger_options {
    std::string prefix = "redstart";                            // see key_space.hpp
    std::string name = "default";                               // of this ledger: any bytes
    std::chrono::milliseconds remember = std::chrono::days{1};  // 1 ms to 31 days
    std::uint32_t max_operations = 100'000;                     // ids kept: 1 to 1,000,000
};

enum class transfer_outcome : std::uint8_t { applied, repeated, insufficient_funds, overflow };
BOOST_DESCRIBE_ENUM(transfer_outcome, applied, repeated, insufficient_funds, overflow)

// Balances are those after the operation, of now where it is a repeat; 0 on the side that is outside of the ledger.
struct transfer_result {
    transfer_outcome what = transfer_outcome::applied;
    std::int64_t from_balance = 0;
    std::int64_t to_balance = 0;

    // Now, or when it came first.
    bool done() const noexcept
    {
        return what == transfer_outcome::applied || what == transfer_outcome::repeated;
    }
    bool operator==(transfer_result const&) const = default;
};
BOOST_DESCRIBE_STRUCT(transfer_result, (), (what, from_balance, to_balance))

// What an operator may want to know.
struct ledger_report {
    std::int64_t accounts = 0;    // that were ever used
    std::int64_t operations = 0;  // ids that are kept
};
BOOST_DESCRIBE_STRUCT(ledger_report, (), (accounts, operations))

// A value that refers to its client, which outlives it and every task made here. Used on the loops of that client's
// runtime, by any number of coroutines at once. Accounts and ids are 1 to 256 bytes, an amount is 1 or more, and from
// and to are different accounts: others are refused (invalid_argument, not_sent) by the call itself, which copies them.
class ledger {
public:
    static constexpr std::size_t longest_id = 256;  // bytes

    // Throws a failure (invalid_argument) if an option is out of its range.
    ledger(client& db, ledger_options options,
           std::source_location where = std::source_location::current());

    // What moves, and by which id.
    struct movement {
        std::string_view from;
        std::string_view to;
        std::int64_t amount = 0;
        std::string_view id;
    };

    task<transfer_result> transfer(
        movement const& what, std::source_location where = std::source_location::current()) const;

    // Into the ledger from outside, and out of it.
    task<transfer_result> deposit(
        std::string_view to, std::int64_t amount, std::string_view id,
        std::source_location where = std::source_location::current()) const;
    task<transfer_result> withdraw(
        std::string_view from, std::int64_t amount, std::string_view id,
        std::source_location where = std::source_location::current()) const;

    // 0 if there is no such account.
    task<std::int64_t> balance(std::string_view account,
                               std::source_location where = std::source_location::current()) const;

    // One round trip; not one moment of both numbers.
    task<ledger_report> report() const;

    ledger_options const& options() const noexcept { return options_; }

private:
    task<transfer_result> move(movement const& what, std::source_location const& where) const;

    client* db_;
    ledger_options options_;
    key<hash<std::string, std::int64_t>> balances_;
    key<zset<std::string>> operations_;
};

}  // namespace redstart::toolkit
