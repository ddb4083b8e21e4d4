// The compiler says: no matching function for call to 'mget'

#include "tests/must_not_compile/prelude.hpp"

#ifdef REDSTART_RIGHT
auto const built = mget(std::vector{key<int>{"a"}});
#else
auto const built = mget(std::vector{key<zset<int>>{"a"}});
#endif
