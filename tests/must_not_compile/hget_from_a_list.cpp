// The compiler says: no matching function for call to 'hget'

#include "tests/must_not_compile/prelude.hpp"

#ifdef REDSTART_RIGHT
auto const built = hget(stock, "nails");
#else
auto const built = hget(numbers, "nails");
#endif
