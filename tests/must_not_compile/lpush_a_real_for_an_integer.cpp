// The compiler says: no matching function for call to 'lpush'
//
// It would lose its fraction.

#include "tests/must_not_compile/prelude.hpp"

#ifdef REDSTART_RIGHT
auto const built = lpush(numbers, 1);
#else
auto const built = lpush(numbers, 1.5);
#endif
