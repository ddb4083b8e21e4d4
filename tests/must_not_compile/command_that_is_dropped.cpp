// The compiler says: a command does nothing until it is executed

#include "tests/must_not_compile/prelude.hpp"

#ifdef REDSTART_RIGHT
void run() { static_cast<void>(get("k")); }
#else
void run() { get("k"); }
#endif
