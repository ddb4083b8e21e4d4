// The compiler says: no matching function for call to 'xadd'
//
// An entry has the members of its own struct.

#include "tests/must_not_compile/prelude.hpp"

#ifdef REDSTART_RIGHT
auto const built = xadd(events, user{"Ada", 36});
#else
auto const built = xadd(events, "Ada");
#endif
