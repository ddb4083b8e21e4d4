// The compiler says: no matching function for call to 'rename'

#include "tests/must_not_compile/prelude.hpp"

#ifdef REDSTART_RIGHT
auto const built = redstart::rename(ids, ids);
#else
auto const built = redstart::rename(ids, numbers);
#endif
