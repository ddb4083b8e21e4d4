# Which compiler, and the flags that every target shares.
#
# Tested with Clang 19 and libstdc++ 12 only; another compiler is warned about, a broken one is refused.

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    message(FATAL_ERROR
        "GCC ${CMAKE_CXX_COMPILER_VERSION} cannot build Redstart: before version 13 it destroys some temporaries of a "
        "co_await expression twice, which frees memory twice at run time. "
        "Use Clang 19 (cmake --preset dev), or GCC 13 or newer.")
elseif(NOT (CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 19
            AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 20))
    message(WARNING
        "Redstart is tested with Clang 19 only; ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION} is untested.")
endif()

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

find_package(Threads REQUIRED)

# -pthread for every unit, as all must agree on it to share one precompiled header.
add_compile_options(-pthread -Wall -Wextra -Wpedantic -Wshadow -Wconversion -fno-omit-frame-pointer)
add_link_options(-pthread)

# A source_location shows the path from the root, wherever that lies.
add_compile_options(-fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=)

if(REDSTART_SANITIZE)
    add_compile_options(-fsanitize=${REDSTART_SANITIZE} -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${REDSTART_SANITIZE})
endif()

# ccache may reuse a unit that was compiled with a precompiled header only if time stamps are kept out of it.
find_program(REDSTART_CCACHE ccache)
mark_as_advanced(REDSTART_CCACHE)
if(REDSTART_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER
        ${CMAKE_COMMAND} -E env "CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime"
        ${REDSTART_CCACHE})
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    add_compile_options("SHELL:-Xclang -fno-pch-timestamp")
endif()
