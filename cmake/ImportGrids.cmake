# quoin_import_grids(): data tables that format texts take from a file by its hash, written into share/quoin/data/ of the
# build. They come from a Python package, never from the source tree; where it is missing the build goes on and
# share/quoin/data/missing.txt says why.
function(quoin_import_grids)
  find_package(Python3 COMPONENTS Interpreter)
  set(data ${PROJECT_BINARY_DIR}/share/quoin/data)
  file(MAKE_DIRECTORY ${data})
  if(NOT Python3_Interpreter_FOUND)
    file(WRITE ${data}/missing.txt "all grids: no Python 3 was found when the build was configured\n")
    message(STATUS "No Python 3: formats whose tables lie in files will be missing them")
    return()
  endif()
  set(script ${PROJECT_SOURCE_DIR}/scripts/import_grids.py)
  set(stamp ${PROJECT_BINARY_DIR}/grids.stamp)
  add_custom_command(OUTPUT ${stamp}
    COMMAND ${Python3_EXECUTABLE} ${script} ${data} --install ${PROJECT_BINARY_DIR}/pydeps
    COMMAND ${CMAKE_COMMAND} -E touch ${stamp}
    DEPENDS ${script} COMMENT "Importing data tables" VERBATIM)
  add_custom_target(quoin_grids ALL DEPENDS ${stamp})
  install(DIRECTORY ${data}/ DESTINATION ${CMAKE_INSTALL_DATADIR}/quoin/data OPTIONAL)
endfunction()
