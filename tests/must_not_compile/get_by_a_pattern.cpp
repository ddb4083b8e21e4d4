// The compiler says: no matching function for call to 'get'
//
// A pattern is no key before its holes are filled.

#include "tests/must_not_compile/prelude.hpp"

#ifdef REDSTART_RIGHT
auto const built = get(user_key(7));
#else
auto const built = get(user_key);
#endif
