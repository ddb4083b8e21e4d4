// The compiler says: no matching function for call to 'pfadd'
//
// Numbers and their texts would be different elements.

#include "tests/must_not_compile/prelude.hpp"

#ifdef REDSTART_RIGHT
auto const built = pfadd(visitors, 7);
#else
auto const built = pfadd(visitors, "Ada");
#endif
