// The compiler says: no matching function for call to 'raw'

#include "tests/must_not_compile/prelude.hpp"

#ifdef REDSTART_RIGHT
auto const built = raw<user>("GET", "k");
#else
auto const built = raw<opaque>("GET", "k");
#endif
