# One call per folder: what it builds, and what it may link.
#
# A layer links only what it lists, so a forbidden use fails at link time at the latest; the direction of every
# #include is checked by tests/layers.

# redstart_layer(<name> [FOLDERS folder...] [DEPENDS layer...] [PRIVATE library...] [TESTS library...])
#
# Builds every *.cpp of the folder, and of its subfolders that are FOLDERS, as the library redstart_<name>, alias
# redstart::<name>, and every *_test.cpp as the program <name>_test. DEPENDS names layers that its headers include;
# PRIVATE names libraries that only its sources use; TESTS names what only its tests use, layers or libraries.
function(redstart_layer name)
    cmake_parse_arguments(PARSE_ARGV 1 layer "" "" "FOLDERS;DEPENDS;PRIVATE;TESTS")
    redstart_refuse_unparsed("redstart_layer(${name})" "${layer_UNPARSED_ARGUMENTS}")

    list(TRANSFORM layer_FOLDERS APPEND "/*.cpp")
    file(GLOB sources CONFIGURE_DEPENDS *.cpp ${layer_FOLDERS})
    set(tests ${sources})
    list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
    list(REMOVE_ITEM sources ${tests} "")

    set(library redstart_${name})
    if(sources)
        add_library(${library} STATIC ${sources})
        set(scope PUBLIC)
        target_link_libraries(${library} PRIVATE ${layer_PRIVATE})
    else()
        add_library(${library} INTERFACE)
        set(scope INTERFACE)
    endif()
    add_library(redstart::${name} ALIAS ${library})
    target_include_directories(${library} ${scope} ${PROJECT_SOURCE_DIR})
    # Also for a program that has Redstart in a subfolder, and says nothing itself.
    target_compile_features(${library} ${scope} cxx_std_23)
    list(TRANSFORM layer_DEPENDS PREPEND redstart::)
    target_link_libraries(${library} ${scope} ${layer_DEPENDS})

    if(tests AND REDSTART_TESTS)
        redstart_test(${name}_test SOURCES ${tests} DEPENDS ${name} ${layer_TESTS} PRIVATE ${layer_PRIVATE})
    endif()
endfunction()

# redstart_program(<name> [DEPENDS layer-or-library...]): every *.cpp of the folder but the tests as one program.
function(redstart_program name)
    cmake_parse_arguments(PARSE_ARGV 1 program "" "" "DEPENDS")
    redstart_refuse_unparsed("redstart_program(${name})" "${program_UNPARSED_ARGUMENTS}")

    file(GLOB sources CONFIGURE_DEPENDS *.cpp)
    list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
    add_executable(${name} ${sources})
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
    redstart_link(${name} ${program_DEPENDS})
endfunction()

# redstart_fuzzer(<name> [SEEDS folder] [DEPENDS layer-or-library...])
#
# <name>.cpp as a fuzz target, its seeds in corpus/<name>, or in corpus/<folder> when it shares those of another.
#
# With REDSTART_FUZZ it is a libFuzzer program, which runs as the test fuzz_<name> for REDSTART_FUZZ_SECONDS; what it
# finds new stays in the build folder. With REDSTART_TESTS the test corpus_<name> feeds it every seed once, without
# libFuzzer, so that a target which no longer compiles or holds is seen in every build.
set(REDSTART_FUZZ_SECONDS 60 CACHE STRING "How long each fuzzer runs, in seconds")
function(redstart_fuzzer name)
    cmake_parse_arguments(PARSE_ARGV 1 fuzzer "" "SEEDS" "DEPENDS")
    redstart_refuse_unparsed("redstart_fuzzer(${name})" "${fuzzer_UNPARSED_ARGUMENTS}")
    set(seeds ${name})
    if(fuzzer_SEEDS)
        set(seeds ${fuzzer_SEEDS})
    endif()
    set(seeds ${CMAKE_CURRENT_SOURCE_DIR}/corpus/${seeds})

    if(REDSTART_TESTS)
        add_executable(${name}_replay ${name}.cpp replay.cpp)
        target_include_directories(${name}_replay PRIVATE ${PROJECT_SOURCE_DIR})
        redstart_link(${name}_replay ${fuzzer_DEPENDS})
        add_test(NAME corpus_${name} COMMAND ${name}_replay ${seeds})
        redstart_test_properties(corpus_${name})
    endif()
    if(NOT REDSTART_FUZZ)
        return()
    endif()

    add_executable(${name} ${name}.cpp)
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
    redstart_link(${name} ${fuzzer_DEPENDS})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)

    set(found ${CMAKE_CURRENT_BINARY_DIR}/found/${name})
    file(MAKE_DIRECTORY ${found})
    add_test(NAME fuzz_${name}
             COMMAND ${name} -max_total_time=${REDSTART_FUZZ_SECONDS} -print_final_stats=1 -artifact_prefix=${found}-
                     ${found} ${seeds})
    math(EXPR allowed "${REDSTART_FUZZ_SECONDS} + 120")
    set_tests_properties(fuzz_${name} PROPERTIES TIMEOUT ${allowed} LABELS fuzz)
endfunction()

# Links libraries by their name, and layers by their short one: "wire" is redstart::wire. Which of the two is meant is
# known when all folders have been read.
function(redstart_link target)
    foreach(library IN LISTS ARGN)
        target_link_libraries(${target} PRIVATE
            $<IF:$<TARGET_EXISTS:redstart_${library}>,redstart_${library},${library}>)
    endforeach()
endfunction()

function(redstart_refuse_unparsed call rest)
    if(rest)
        message(FATAL_ERROR "${call} does not understand: ${rest}")
    endif()
endfunction()
