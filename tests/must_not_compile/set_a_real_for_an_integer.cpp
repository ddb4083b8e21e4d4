// The compiler says: no matching function for call to 'set'
//
// Its fraction would be lost without a word.

#include "tests/must_not_compile/prelude.hpp"

#ifdef REDSTART_RIGHT
auto const built = set(hits, 2);
#else
auto const built = set(hits, 2.5);
#endif
