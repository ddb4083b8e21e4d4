// The compiler says: no matching function for call to 'sadd'

#include "tests/must_not_compile/prelude.hpp"

#ifdef REDSTART_RIGHT
auto const built = sadd(ids, {1, 2});
#else
auto const built = sadd(ids, {"one", "two"});
#endif
