// The compiler says: a body takes a held_lock const& and gives a task

#include "redstart/toolkit/locks/lock.hpp"
#include "tests/must_not_compile/prelude.hpp"

void work(toolkit::lock& locks)
{
#ifdef REDSTART_RIGHT
    auto const body = [](toolkit::held_lock const&) -> task<int> { co_return 1; };
#else
    auto const body = [](toolkit::held_lock const&) { return 1; };
#endif
    static_cast<void>(locks.run("door", body));
}
