// The compiler says: a body takes nothing and gives a task

#include "redstart/toolkit/limits/concurrency_limiter.hpp"
#include "tests/must_not_compile/prelude.hpp"

void work(toolkit::concurrency_limiter const& uploads)
{
#ifdef REDSTART_RIGHT
    auto const body = []() -> task<> { co_return; };
#else
    auto const body = [](int) -> task<> { co_return; };
#endif
    static_cast<void>(uploads.run("ada", body));
}
