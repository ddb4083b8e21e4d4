// The compiler says: no matching function for call to 'sinter'
//
// What would its answer be?

#include "tests/must_not_compile/prelude.hpp"

#ifdef REDSTART_RIGHT
auto const built = sinter(ids, ids);
#else
auto const built = sinter(ids, tags);
#endif
