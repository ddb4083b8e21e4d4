// The compiler says: no matching function for call to 'keys'

#include "tests/must_not_compile/prelude.hpp"

#ifdef REDSTART_RIGHT
auto const named = keys(hits, user_key(7), "text");
#else
auto const named = keys(hits, 7);
#endif
