# quoin_library(NAME SOURCES... [LINKS LIB...]): a static library with the project's warnings and include root.
# quoin_tool(NAME SOURCES... [LINKS LIB...]): the same for a program.
function(_quoin_common target)
  target_include_directories(${target} PUBLIC
    $<BUILD_INTERFACE:${QUOIN_SOURCE_ROOT}> $<BUILD_INTERFACE:${QUOIN_SOURCE_ROOT}/runtime/include>
    $<BUILD_INTERFACE:${CMAKE_BINARY_DIR}>)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wno-unused-parameter -fvisibility-inlines-hidden)
  if(QUOIN_SANITIZE)
    set(sanitizers ${QUOIN_SANITIZE})
    if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND sanitizers MATCHES fuzzer-no-link)
      # What GCC has of it: a call at every edge, to a function that the fuzzer brings along (test/fuzz/trace-pc.cpp).
      string(REPLACE "fuzzer-no-link," "" sanitizers ${sanitizers})
      target_compile_options(${target} PUBLIC -fsanitize-coverage=trace-pc)
    endif()
    target_compile_options(${target} PUBLIC -fsanitize=${sanitizers} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    # The classes of LLVM's libraries have no run-time types to check calls by.
    target_compile_options(${target} PUBLIC -fno-sanitize=vptr)
    # Clang would read a type in front of each function called by pointer; the code of images has none.
    target_compile_options(${target} PUBLIC $<$<CXX_COMPILER_ID:Clang>:-fno-sanitize=function>)
    target_link_options(${target} PUBLIC -fsanitize=${sanitizers})
  endif()
endfunction()

get_filename_component(QUOIN_SOURCE_ROOT ${CMAKE_CURRENT_LIST_DIR} DIRECTORY)

function(quoin_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES} ${ARG_UNPARSED_ARGUMENTS})
  _quoin_common(${name})
  target_link_libraries(${name} PUBLIC ${ARG_LINKS})
endfunction()

function(quoin_tool name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES} ${ARG_UNPARSED_ARGUMENTS})
  _quoin_common(${name})
  target_link_libraries(${name} PRIVATE ${ARG_LINKS})
endfunction()
