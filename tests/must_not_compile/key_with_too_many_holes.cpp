// The compiler says: a key pattern needs one {} for each argument

#include "tests/must_not_compile/prelude.hpp"

#ifdef REDSTART_RIGHT
constexpr key_of<int, int> pattern{"user:{}"};
#else
constexpr key_of<int, int> pattern{"user:{}:{}"};
#endif
