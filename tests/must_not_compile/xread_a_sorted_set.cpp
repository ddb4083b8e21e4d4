// The compiler says: no matching function for call to 'xread'
//
// A sorted set has no entries.

#include "tests/must_not_compile/prelude.hpp"

#ifdef REDSTART_RIGHT
auto const built = xread(events, stream_id{});
#else
auto const built = xread(ranking, stream_id{});
#endif
