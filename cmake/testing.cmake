# Test programs, with one precompiled GoogleTest header for all of them.
#
# Every test is one entry of ctest. tools/run_tests counts the cases that each one reports.

find_package(GTest CONFIG REQUIRED)

# The system's own Python first: the packages that the tests import are installed for it.
find_program(REDSTART_PYTHON python3 HINTS /usr/bin REQUIRED)
mark_as_advanced(REDSTART_PYTHON)

# Layers whose tests run under ThreadSanitizer as well: those that touch several loops. They carry the label "threads".
set(redstart_threaded_tests task_test engine_test net_test client_test toolkit_test)
add_custom_target(threaded_tests COMMENT "The tests that run under ThreadSanitizer")

# Layers whose tests start servers, so that they run on servers without HELLO as well.
set(redstart_server_tests toolkit_test)

# The header takes most of a small test's compile time, so it is parsed once.
file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/precompiled_test.cpp
     CONTENT "// Carries the precompiled header of all tests.\n")
add_library(redstart_precompiled_test OBJECT EXCLUDE_FROM_ALL ${PROJECT_BINARY_DIR}/precompiled_test.cpp)
target_link_libraries(redstart_precompiled_test PRIVATE GTest::gmock)
target_precompile_headers(redstart_precompiled_test PRIVATE <gmock/gmock.h> <gtest/gtest.h>)

set(redstart_test_environment
    "ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1:check_initialization_order=1"
    "UBSAN_OPTIONS=print_stacktrace=1"
    "TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1"
    "REDSTART_BUILD=${PROJECT_BINARY_DIR}")

# redstart_test(<program> SOURCES file... [DEPENDS layer-or-library...] [PRIVATE library...] [THREADS] [SERVERS])
#
# A GoogleTest program. Its sources are compiled in groups, so their unnamed namespaces are shared: give helpers of
# different files different names. THREADS adds it to the tests that run under ThreadSanitizer. SERVERS says that it
# starts servers, so it runs a second time on servers without HELLO.
function(redstart_test program)
    cmake_parse_arguments(PARSE_ARGV 1 test "THREADS;SERVERS" "" "SOURCES;DEPENDS;PRIVATE")
    redstart_refuse_unparsed("redstart_test(${program})" "${test_UNPARSED_ARGUMENTS}")

    add_executable(${program} ${test_SOURCES})
    target_include_directories(${program} PRIVATE ${PROJECT_SOURCE_DIR})
    redstart_link(${program} ${test_DEPENDS})
    target_link_libraries(${program} PRIVATE ${test_PRIVATE} GTest::gmock_main)
    set_target_properties(${program} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
    target_precompile_headers(${program} REUSE_FROM redstart_precompiled_test)

    add_test(NAME ${program} COMMAND ${program})
    redstart_test_properties(${program})
    if(test_THREADS OR program IN_LIST redstart_threaded_tests)
        add_dependencies(threaded_tests ${program})
        set_tests_properties(${program} PROPERTIES LABELS threads)
    endif()
    if(test_SERVERS OR program IN_LIST redstart_server_tests)
        redstart_without_hello(${program} ${program})
    endif()
endfunction()

# redstart_without_hello(<name> <command...>)
#
# The test <name> once more, as <name>_without_hello, on servers that do not know HELLO, so that the client speaks
# RESP2. The variable is read by redstart/testing/server_fixture.hpp, and by every script that starts a server itself.
# There is no label: ThreadSanitizer would learn nothing new.
function(redstart_without_hello name)
    add_test(NAME ${name}_without_hello COMMAND ${ARGN} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
    redstart_test_properties(${name}_without_hello "REDSTART_TEST_SERVERS=without_hello")
endfunction()

# redstart_script_test(<name> <script> [argument...] [SERVERS])
#
# A Python test. Its last line is "N passed, M failed". SERVERS as above.
function(redstart_script_test name script)
    cmake_parse_arguments(PARSE_ARGV 2 test "SERVERS" "" "")
    set(command ${REDSTART_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/${script} ${test_UNPARSED_ARGUMENTS})
    add_test(NAME ${name} COMMAND ${command} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
    redstart_test_properties(${name})
    if(test_SERVERS)
        redstart_without_hello(${name} ${command})
    endif()
endfunction()

# redstart_example(<name> [DEPENDS layer-or-library...])
#
# examples/<name>.cpp as a program. As a test it runs against a server of its own, whose address it finds in REDIS_URL
# and as its first argument, and what it prints must be what <name>.expected holds, with HELLO and without.
function(redstart_example name)
    cmake_parse_arguments(PARSE_ARGV 1 example "" "" "DEPENDS")
    redstart_refuse_unparsed("redstart_example(${name})" "${example_UNPARSED_ARGUMENTS}")

    add_executable(${name} ${name}.cpp)
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
    redstart_link(${name} ${example_DEPENDS})

    set(command ${REDSTART_PYTHON} ${PROJECT_SOURCE_DIR}/tools/run_example
                $<TARGET_FILE:${name}> ${CMAKE_CURRENT_SOURCE_DIR}/${name}.expected)
    add_test(NAME example_${name} COMMAND ${command})
    redstart_test_properties(example_${name})
    redstart_without_hello(example_${name} ${command})
endfunction()

# redstart_test_properties(<name> [variable=value...])
function(redstart_test_properties name)
    set(environment ${redstart_test_environment} ${ARGN})
    set_tests_properties(${name} PROPERTIES TIMEOUT 300 ENVIRONMENT "${environment}")
endfunction()
