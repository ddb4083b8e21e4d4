// The compiler says: call to consteval function
//
// Its holes could not be counted.

#include "tests/must_not_compile/prelude.hpp"

#ifdef REDSTART_RIGHT
auto make(char const*) { return key_of<int>{"user"}; }
#else
auto make(char const* text) { return key_of<int>{text}; }
#endif
