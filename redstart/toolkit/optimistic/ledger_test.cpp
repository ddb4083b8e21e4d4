#include "redstart/toolkit/optimistic/ledger.hpp"

#include "redstart/command/keys.hpp"
#include "redstart/command/server.hpp"
#include "redstart/command/strings.hpp"
#include "redstart/task/when_all.hpp"
#include "redstart/toolkit/on_servers_test.hpp"

#include <atomic>
#include <map>
#include <set>

namespace redstart::toolkit::ledger_cases {

namespace {

using enum transfer_outcome;
constexpr auto most = std::numeric_limits<std::int64_t>::max();

key<std::int64_t> account(unsigned number)
{
    return key<std::int64_t>{"{bank}:" + std::to_string(number)};
}

class ledger_model {
public:
    transfer_result move(ledger::movement const& what)
    {
        auto outcome = applied;
        if (done_.contains(std::string{what.id}))
            outcome = repeated;
        else if (!what.from.empty() && balance(what.from) < what.amount)
            outcome = insufficient_funds;
        else if (!what.to.empty() && balance(what.to) > most - what.amount)
            outcome = overflow;
        if (outcome == applied) {
            done_.insert(std::string{what.id});
            balances_[std::string{what.from}] -= what.amount;
            balances_[std::string{what.to}] += what.amount;
            balances_[""] = 0;
        }
        return {outcome, balance(what.from), balance(what.to)};
    }
    std::int64_t balance(std::string_view account) { return balances_[std::string{account}]; }

private:
    std::map<std::string, std::int64_t> balances_;
    std::set<std::string> done_;
};

class ledger_test : public on_servers {
protected:
    ledger money{db, {}};

    std::int64_t total(int accounts)
    {
        std::int64_t sum = 0;
        for (int i = 0; i < accounts; ++i) {
            auto const held = run(money.balance(std::to_string(i)));
            EXPECT_GE(held, 0);
            sum += held;
        }
        return sum;
    }
};
REDSTART_ON_SERVERS(ledger_test);

TEST_P(ledger_test, agrees_with_the_model)
{
    ledger_model model;
    std::mt19937 random{6};
    auto const below = [&](unsigned end) { return static_cast<unsigned>(random()) % end; };
    for (int i = 0; i < 1000 && !HasFailure(); ++i) {
        auto const from = std::to_string(below(4));
        auto const to = std::to_string((std::stoul(from) + 1 + below(3)) % 4);
        auto const id = std::to_string(below(1200));
        std::int64_t const amount = below(10) == 0 ? most - below(50) : 1 + below(60);
        auto const kind = below(3);
        if (kind == 0) {
            EXPECT_EQ(run(money.deposit(to, amount, id)), model.move({{}, to, amount, id}));
        } else if (kind == 1) {
            EXPECT_EQ(run(money.withdraw(from, amount, id)), model.move({from, {}, amount, id}));
        } else {
            EXPECT_EQ(run(money.transfer({from, to, amount, id})),
                      model.move({from, to, amount, id}));
        }
        EXPECT_EQ(run(money.balance(to)), model.balance(to));
    }
}

TEST_P(ledger_test, refuses_what_is_not_there)
{
    run(money.deposit("ada", 10, "1"));
    EXPECT_EQ(run(money.transfer({"ada", "bob", 11, "2"})),
              (transfer_result{insufficient_funds, 10, 0}));
    EXPECT_EQ(run(money.transfer({"ada", "bob", 10, "2"})), (transfer_result{applied, 0, 10}));
    EXPECT_EQ(run(money.transfer({"ada", "bob", 10, "2"})), (transfer_result{repeated, 0, 10}));
    EXPECT_TRUE(run(money.withdraw("bob", 4, "3")).done());
    EXPECT_EQ(run(money.balance("bob")), 6);
    auto const told = run(money.report());
    EXPECT_EQ(told.accounts, 2);
    EXPECT_EQ(told.operations, 3);
}

TEST_P(ledger_test, takes_an_id_for_one_change_whatever_it_moves)
{
    run(money.deposit("ada", 10, "1"));
    EXPECT_EQ(run(money.deposit("ada", 5, "1")), (transfer_result{repeated, 0, 10}));
    EXPECT_EQ(run(money.transfer({"ada", "bob", 3, "1"})), (transfer_result{repeated, 10, 0}));
    EXPECT_EQ(run(money.withdraw("ada", 1, "1")), (transfer_result{repeated, 10, 0}));
}

// Only somebody else can have written it; then no half of a transfer happens.
TEST_P(ledger_test, moves_nothing_where_an_account_holds_no_balance)
{
    constexpr auto balances = "redstart:ledger:{default}";
    run(money.deposit("ada", 10, "1"));
    for (auto const* const text : {"", "text", "1.5", "-3", "-0", "007", "1e3", "nan", " 5",
                                   "9223372036854775808", "99999999999999999999"}) {
        ask(raw<std::int64_t>("HSET", balances, "bad", text));
        for (auto const& why : {failure_of([&] { return money.transfer({"ada", "bad", 3, "2"}); }),
                                failure_of([&] { return money.transfer({"bad", "ada", 3, "2"}); }),
                                failure_of([&] { return money.deposit("bad", 3, "2"); }),
                                failure_of([&] { return money.withdraw("bad", 3, "2"); })})
            EXPECT_EQ(why.value().code(), failure_code::server_error) << text;
        EXPECT_EQ(run(money.balance("ada")), 10);
        EXPECT_EQ(ask(raw<std::string>("HGET", balances, "bad")), text);
    }
    EXPECT_EQ(run(money.report()).operations, 1);
    ask(raw<std::int64_t>("HSET", balances, "rich", "9223372036854775807"));
    EXPECT_TRUE(run(money.withdraw("rich", most, "2")).done());
}

TEST_P(ledger_test, takes_any_bytes_as_accounts_and_ids)
{
    int so_far = 0;
    for (auto const& odd : {std::string{"\0", 1}, std::string{"\r\n"}, std::string{"{}"},
                            std::string{"-1"}, std::string(256, 'x'), std::string{"\xff"}}) {
        EXPECT_EQ(run(money.deposit(odd, 5, odd)), (transfer_result{applied, 0, 5}));
        so_far += 5;
        EXPECT_EQ(run(money.transfer({odd, "all", 5, std::to_string(so_far)})),
                  (transfer_result{applied, 0, so_far}));
    }
}

TEST_P(ledger_test, forgets_the_oldest_of_too_many_operations)
{
    ledger const few{db, {.max_operations = 2}};
    for (auto const* const id : {"1", "2", "3"})
        run(few.deposit("ada", 1, id));
    EXPECT_EQ(run(few.report()).operations, 2);
    EXPECT_EQ(run(few.deposit("ada", 1, "2")).what, repeated);
    EXPECT_EQ(run(few.deposit("ada", 1, "1")).what, applied);
}

TEST_P(ledger_test, changes_nothing_where_a_key_is_something_else)
{
    ask(set("redstart:ledger:{default}:operations", "text"));
    EXPECT_EQ(failure_of([&] { return money.deposit("ada", 1, "1"); }).value().server_code(),
              "WRONGTYPE");
    EXPECT_EQ(run(money.balance("ada")), 0);
    ask(flushdb());
    ask(set("redstart:ledger:{default}", "text"));
    EXPECT_EQ(failure_of([&] { return money.deposit("ada", 1, "1"); }).value().server_code(),
              "WRONGTYPE");
    EXPECT_EQ(ask(exists("redstart:ledger:{default}:operations")), 0);
}

// Sends until there is an answer: with the same id that is safe.
task<transfer_result> insist(ledger const& money, std::string from, std::string to, std::string id)
{
    while (true) {
        try {
            co_return co_await money.transfer({from, to, 7, id});
        } catch (failure const& why) {
            if (why.code() == failure_code::server_error)
                throw;
        }
    }
}

task<std::vector<transfer_result>> transfer_together(ledger const& money, unsigned seed)
{
    std::mt19937 random{seed};
    std::vector<task<transfer_result>> all;
    for (int i = 0; i < 400; ++i) {
        auto const from = random() % 5;
        auto const to = (from + 1 + random() % 4) % 5;
        all.push_back(insist(money, std::to_string(from), std::to_string(to),
                             std::to_string(seed) + ":" + std::to_string(i)));
    }
    co_return co_await when_all(std::move(all));
}

// Cuts all connections again and again while it lives.
class killer {
public:
    explicit killer(testing::server_fixture& server)
        : cutting_{[&server](std::stop_token const& stop) {
              auto peer = server.connect();
              for (int i = 1; !stop.stop_requested(); ++i)
                  if (i % 100 == 0)
                      peer.ask({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
                  else
                      peer.ask({"PING"});  // so that something gets through in between
          }}
    {
    }

private:
    std::jthread cutting_;
};

TEST_P(ledger_test, conserves_the_sum_of_concurrent_transfers_whose_connections_are_cut)
{
    for (int i = 0; i < 5; ++i)
        run(money.deposit(std::to_string(i), 50, "deposit " + std::to_string(i)));
    std::vector<transfer_result> there;
    std::vector<transfer_result> here;
    {
        killer const cuts{server};
        std::jthread other{[&] { there = loops.run(transfer_together(money, 2), 1); }};
        here = run(transfer_together(money, 1));
    }
    EXPECT_EQ(total(5), 250);
    auto const done = std::ranges::count_if(here, &transfer_result::done) +
                      std::ranges::count_if(there, &transfer_result::done);
    EXPECT_GT(done, 0);
    EXPECT_EQ(run(money.report()).operations, 5 + done);  // each that was answered with yes, once
}

// The same by WATCH, MULTI and EXEC, on a key for each account. What may have been applied is not sent again.
task<int> pay(client& db, unsigned from, unsigned to)
{
    auto const source = account(from);
    auto const destination = account(to);
    auto const body = [&](watched& view) -> task<decision<int>> {
        auto const held = co_await view.exec(get(source));
        if (held.value_or(0) < 7)
            co_return abandon(0);
        co_return commit(1, decrby(source, 7), incrby(destination, 7));
    };
    try {
        co_return co_await db.transact(body, source);
    } catch (failure const&) {
        co_return 0;
    }
}

task<int> pay_together(client& db, unsigned seed)
{
    std::mt19937 random{seed};
    std::vector<task<int>> all;
    for (int i = 0; i < 25; ++i) {
        auto const from = static_cast<unsigned>(random() % 5);
        all.push_back(pay(db, from, static_cast<unsigned>((from + 1 + random() % 4) % 5)));
    }
    int paid = 0;
    for (auto const each : co_await when_all(std::move(all)))
        paid += each;
    co_return paid;
}

TEST_P(ledger_test, is_matched_by_watched_transactions_whose_connections_are_cut)
{
    for (unsigned i = 0; i < 5; ++i)
        ask(set(account(i), 50));
    auto options = to(server);
    options.transactions.attempts = 1000;
    client patient{loops, options};
    int paid = 0;
    {
        killer const cuts{server};
        while (paid == 0) {
            std::jthread const other{[&] { loops.run(pay_together(patient, 2), 1); }};
            paid = run(pay_together(patient, 1));
        }
    }
    std::int64_t sum = 0;
    for (unsigned i = 0; i < 5; ++i) {
        auto const held = ask(get(account(i))).value();
        EXPECT_GE(held, 0);
        sum += held;
    }
    EXPECT_EQ(sum, 250);
    run(patient.stop());
}

TEST_P(ledger_test, touches_its_own_keys_only_and_goes_on_after_a_flush_of_scripts)
{
    client limited{loops, limited_to("redstart:ledger:{shop}*")};
    ledger const mine{limited, {.name = "shop"}};
    for (int i = 1; i <= 3; ++i) {
        ask(raw<ok>("SCRIPT FLUSH"));
        EXPECT_EQ(run(mine.deposit("ada", 1, std::to_string(i))).to_balance, i);
    }
    ledger const other{limited, {.name = "other"}};
    EXPECT_EQ(failure_of([&] { return other.deposit("ada", 1, "1"); }).value().server_code(),
              "NOPERM");
    EXPECT_TRUE(forbids_other_keys_in_scripts(limited));
    run(limited.stop());
}

TEST_P(ledger_test, refuses_what_makes_no_sense_before_it_is_sent)
{
    auto const refused = [this](auto&& work) {
        auto const why = failure_of(work);
        return why && why->code() == failure_code::invalid_argument &&
               why->outcome() == outcome::not_sent;
    };
    std::string const long_text(257, 'x');
    EXPECT_TRUE(refused([&] { return money.transfer({"ada", "ada", 1, "1"}); }));
    EXPECT_TRUE(refused([&] { return money.transfer({"ada", "", 1, "1"}); }));
    EXPECT_TRUE(refused([&] { return money.transfer({"", "ada", 1, "1"}); }));
    EXPECT_TRUE(refused([&] { return money.transfer({"ada", "bob", 0, "1"}); }));
    EXPECT_TRUE(refused([&] { return money.transfer({"ada", "bob", -1, "1"}); }));
    EXPECT_TRUE(refused([&] { return money.transfer({"ada", "bob", 1, ""}); }));
    EXPECT_TRUE(refused([&] { return money.deposit("", 1, "1"); }));
    EXPECT_TRUE(refused([&] { return money.withdraw(long_text, 1, "1"); }));
    EXPECT_TRUE(refused([&] { return money.balance(""); }));
    EXPECT_EQ(ask(dbsize()), 0);
    EXPECT_THROW((ledger{db, {.remember = std::chrono::milliseconds{0}}}), failure);
    EXPECT_THROW((ledger{db, {.max_operations = 0}}), failure);
    EXPECT_THROW((ledger{db, {.prefix = "{"}}), failure);
}

}  // namespace

}  // namespace redstart::toolkit::ledger_cases
