// The compiler says: no matching function for call to 'setbit'
//
// Only text has bits.

#include "tests/must_not_compile/prelude.hpp"

#ifdef REDSTART_RIGHT
auto const built = setbit(seen, 7, true);
#else
auto const built = setbit(ranking, 7, true);
#endif
