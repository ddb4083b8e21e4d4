// The compiler says: no matching function for call to object of type

#include "tests/must_not_compile/prelude.hpp"

#ifdef REDSTART_RIGHT
auto const built = user_key(7);
#else
auto const built = user_key();
#endif
