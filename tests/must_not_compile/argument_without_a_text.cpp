// The compiler says: implicit instantiation of undefined template 'redstart::codec::text_codec<opaque>'

#include "tests/must_not_compile/prelude.hpp"

#ifdef REDSTART_RIGHT
auto const built = raw<ignored>("SET", "k", user{});
#else
auto const built = raw<ignored>("SET", "k", opaque{});
#endif
