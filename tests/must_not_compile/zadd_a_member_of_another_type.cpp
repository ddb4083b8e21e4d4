// The compiler says: no matching function for call to 'zadd'

#include "tests/must_not_compile/prelude.hpp"

#ifdef REDSTART_RIGHT
auto const built = zadd(by_id, 1, 7);
#else
auto const built = zadd(by_id, 1, "seven");
#endif
