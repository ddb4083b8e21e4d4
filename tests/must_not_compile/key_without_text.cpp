// The compiler says: a key is not empty

#include "tests/must_not_compile/prelude.hpp"

#ifdef REDSTART_RIGHT
constexpr key_of<int> pattern{"user"};
#else
constexpr key_of<int> pattern{""};
#endif
