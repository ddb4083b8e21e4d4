// The compiler says: no matching function for call to 'set'

#include "tests/must_not_compile/prelude.hpp"

#ifdef REDSTART_RIGHT
auto const built = set(title, "x");
#else
auto const built = set(ranking, "x");
#endif
