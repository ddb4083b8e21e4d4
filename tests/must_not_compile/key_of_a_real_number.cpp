// The compiler says: a key's arguments are integers or text
//
// One number has many texts.

#include "tests/must_not_compile/prelude.hpp"

#ifdef REDSTART_RIGHT
constexpr key_of<int, long> pattern{"user:{}"};
#else
constexpr key_of<int, double> pattern{"user:{}"};
#endif
