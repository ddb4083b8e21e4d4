// The compiler says: a character is no argument
//
// Its text or its number?

#include "tests/must_not_compile/prelude.hpp"

#ifdef REDSTART_RIGHT
auto const built = raw<ignored>("SET", "k", "c");
#else
auto const built = raw<ignored>("SET", "k", 'c');
#endif
