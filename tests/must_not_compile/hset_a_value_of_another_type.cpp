// The compiler says: no matching function for call to 'hset'

#include "tests/must_not_compile/prelude.hpp"

#ifdef REDSTART_RIGHT
auto const built = hset(stock, "nails", 1);
#else
auto const built = hset(stock, "nails", "one");
#endif
