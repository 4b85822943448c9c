# quoin_add_kernels(TARGET FORMAT @NAME [FILE text.mlir] [ACTIVATIONS kind...] [TARGETS target]
#                   [LAYOUT packed|stored] [DEPENDS file...] [DEBUG])
#
# Makes TARGET, a static library of the kernels for weights of format @NAME, which is looked up in FILE, then in
# QUOIN_PATH and in the library of formats. Who links it includes TARGET.h, which declares the kernels and the sizes of
# their operands; nothing else is linked, and C is enough. The kernels are compiled again when FILE, a file of DEPENDS
# (tables that the text reads) or the compiler changes.
#   ACTIVATIONS  int8[:GROUP|token], bf16, f16, f32, or none for the decode kernel alone; default int8
#   TARGETS      the processor to compile for: host (the default: the machine that builds) or one that
#                "quoin-compile --help" lists, such as x86-64-v3; a library holds code for one
#   LAYOUT       what kernels read weights from; default packed
#   DEBUG        has the code say which lines of FILE it comes from
include_guard()

function(quoin_add_kernels name)
  cmake_parse_arguments(ARG "DEBUG" "FORMAT;FILE;LAYOUT" "ACTIVATIONS;TARGETS;DEPENDS" ${ARGN})
  set(file ${ARG_FILE})
  if(file)
    cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
  endif()
  list(LENGTH ARG_TARGETS processors)
  if(TARGET ${name})
    set(problem "there is a target of this name already")
  elseif(ARG_UNPARSED_ARGUMENTS)
    set(problem "\"${ARG_UNPARSED_ARGUMENTS}\" follows no keyword")
    string(APPEND problem "; FORMAT, FILE, ACTIVATIONS, TARGETS, LAYOUT, DEPENDS and DEBUG are known")
  elseif(ARG_KEYWORDS_MISSING_VALUES)
    set(problem "no value follows ${ARG_KEYWORDS_MISSING_VALUES}")
  elseif(NOT ARG_FORMAT)
    set(problem "no format is named; write FORMAT @NAME")
  elseif(file AND NOT EXISTS ${file})
    set(problem "there is no file \"${file}\"; FILE is the text that declares ${ARG_FORMAT}")
  elseif(processors GREATER 1)
    set(problem "TARGETS names ${processors} processors, one is possible; to choose at run time, compile a bundle")
  endif()
  if(problem)
    message(FATAL_ERROR "quoin_add_kernels(${name}): ${problem}")
  endif()

  set(options --format=${ARG_FORMAT})
  if(ARG_ACTIVATIONS)
    list(JOIN ARG_ACTIVATIONS "," kinds)
    list(APPEND options --activations=${kinds})
  endif()
  if(ARG_TARGETS)
    list(APPEND options --target=${ARG_TARGETS})
  endif()
  if(ARG_LAYOUT)
    list(APPEND options --layout=${ARG_LAYOUT})
  endif()
  if(ARG_DEBUG)
    list(APPEND options -g)
  endif()

  set(folder ${CMAKE_CURRENT_BINARY_DIR}/${name}.kernels)
  set(base ${folder}/${name})
  file(MAKE_DIRECTORY ${folder})
  add_custom_command(OUTPUT ${base}.o ${base}.h ${base}.json
    COMMAND Quoin::quoin-compile ${file} ${options} --emit=object -o ${base}.o
    DEPENDS $<TARGET_FILE:Quoin::quoin-compile> ${file} ${ARG_DEPENDS}
    COMMENT "Compiling kernels of ${ARG_FORMAT}" VERBATIM)
  set_source_files_properties(${base}.o PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)
  add_library(${name} STATIC ${base}.o ${base}.h)
  set_target_properties(${name} PROPERTIES LINKER_LANGUAGE C)
  target_include_directories(${name} INTERFACE ${folder})
  target_link_libraries(${name} INTERFACE Quoin::quoin_headers)
endfunction()
