// The compiler says: a loader takes a std::string const& and gives a task of the cache's type

#include "redstart/toolkit/cache/cache.hpp"
#include "tests/must_not_compile/prelude.hpp"

task<std::optional<user>> load(std::string const&);
task<std::optional<opaque>> load_another(std::string const&);

void read(toolkit::cache<user>& users)
{
#ifdef REDSTART_RIGHT
    static_cast<void>(users.get_or_load("ada", load));
#else
    static_cast<void>(users.get_or_load("ada", load_another));
#endif
}
