// The compiler says: no matching function for call to 'geosearch'
//
// Entries of a stream have no place.

#include "tests/must_not_compile/prelude.hpp"

#ifdef REDSTART_RIGHT
auto const built = geosearch(shops, {.around_member = "Ada", .radius = 5});
#else
auto const built = geosearch(events, {.around_member = "Ada", .radius = 5});
#endif
