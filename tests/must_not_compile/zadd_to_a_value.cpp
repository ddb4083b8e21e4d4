// The compiler says: no matching function for call to 'zadd'

#include "tests/must_not_compile/prelude.hpp"

#ifdef REDSTART_RIGHT
auto const built = zadd(ranking, 1, "ada");
#else
auto const built = zadd(title, 1, "ada");
#endif
