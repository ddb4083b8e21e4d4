// The compiler says: no matching function for call to 'set'

#include "tests/must_not_compile/prelude.hpp"

#ifdef REDSTART_RIGHT
auto const built = set(hits, 1);
#else
auto const built = set(hits, "one");
#endif
