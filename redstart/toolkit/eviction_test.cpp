#include "redstart/toolkit/eviction.hpp"

#include "redstart/toolkit/on_servers_test.hpp"

namespace redstart::toolkit::eviction_suite {

namespace {

class eviction_test : public on_servers {
protected:
    ~eviction_test() override { limit("0", "noeviction"); }

    void limit(std::string_view bytes, std::string_view policy)
    {
        ask(raw<ok>("CONFIG SET", "maxmemory-policy", policy, "maxmemory", bytes));
    }
    std::string warning() { return run(eviction_warning(db)).value_or("none"); }
};
REDSTART_ON_SERVERS(eviction_test);

TEST_P(eviction_test, warns_of_policies_that_evict_any_key)
{
    for (std::string const policy : {"allkeys-lru", "allkeys-lfu", "allkeys-random"}) {
        limit("1gb", policy);
        EXPECT_EQ(warning(),
                  "the server may evict any key, so that locks, rate limiters, counters and "
                  "leaderboards can lose their state, and Bloom filters their use (its "
                  "maxmemory-policy is " +
                      policy +
                      "; noeviction is safe, and caches are best kept on a server of their own)");
    }
}

TEST_P(eviction_test, says_which_patterns_the_policies_for_keys_that_expire_spare)
{
    for (std::string const policy :
         {"volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"}) {
        limit("1gb", policy);
        EXPECT_EQ(warning(),
                  "the server may evict keys that expire, so that locks, rate limiters and "
                  "counters with a time "
                  "to live can lose their state; leaderboards, Bloom filters and counters without "
                  "one are safe "
                  "(its maxmemory-policy is " +
                      policy +
                      "; noeviction is safe, and caches are best kept on a server of their own)");
    }
}

TEST_P(eviction_test, is_silent_when_nothing_is_evicted)
{
    limit("1gb", "noeviction");
    EXPECT_EQ(warning(), "none");
    limit("0", "allkeys-lru");
    EXPECT_EQ(warning(), "none") << "without a limit of memory";
}

TEST_P(eviction_test, asks_nothing_that_only_administrators_may)
{
    limit("1gb", "allkeys-lru");
    auto const sent = sent_during([&] { return eviction_warning(db); });
    EXPECT_EQ(sent, (std::vector<std::string>{R"("INFO" "memory")"}));
}

}  // namespace

}  // namespace redstart::toolkit::eviction_suite
