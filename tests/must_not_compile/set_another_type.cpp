// The compiler says: no matching function for call to 'set'
//
// A key of users takes users only.

#include "tests/must_not_compile/prelude.hpp"

#ifdef REDSTART_RIGHT
auto const built = set(user_key(7), user{"Ada", 36});
#else
auto const built = set(user_key(7), 36);
#endif
