// The compiler says: no matching function for call to 'lpush'

#include "tests/must_not_compile/prelude.hpp"

#ifdef REDSTART_RIGHT
auto const built = lpush(numbers, 1);
#else
auto const built = lpush(numbers, "one");
#endif
