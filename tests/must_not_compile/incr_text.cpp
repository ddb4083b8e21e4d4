// The compiler says: no matching function for call to 'incr'

#include "tests/must_not_compile/prelude.hpp"

#ifdef REDSTART_RIGHT
auto const built = incr(hits);
#else
auto const built = incr(title);
#endif
