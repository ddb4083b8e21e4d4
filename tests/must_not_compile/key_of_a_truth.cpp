// The compiler says: no matching member function for call to 'append'

#include "tests/must_not_compile/prelude.hpp"

#ifdef REDSTART_RIGHT
constexpr key_of<int, int> pattern{"user:{}"};
auto const built = pattern(1);
#else
constexpr key_of<int, bool> pattern{"user:{}"};
auto const built = pattern(true);
#endif
