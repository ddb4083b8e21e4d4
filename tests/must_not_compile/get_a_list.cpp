// The compiler says: no matching function for call to 'get'
//
// A list is no value.

#include "tests/must_not_compile/prelude.hpp"

#ifdef REDSTART_RIGHT
auto const built = get(title);
#else
auto const built = get(numbers);
#endif
