// The compiler says: no matching function for call to 'publish'
//
// A channel of users takes users only.

#include "tests/must_not_compile/prelude.hpp"

#ifdef REDSTART_RIGHT
auto const built = publish(arrivals, user{"Ada", 36});
#else
auto const built = publish(arrivals, 36);
#endif
