# What "cmake --install" puts where, besides what runtime/ and tools/ install of themselves: the compiler, the format
# library as text, the examples, and what find_package(Quoin) reads.
include(CMakePackageConfigHelpers)

install(TARGETS quoin-opt quoin-lsp-server)
install(TARGETS quoin-compile EXPORT QuoinTargets)
# MLIR's library is in a folder of its own, which the loader does not search.
set_target_properties(quoin-opt quoin-compile quoin-format quoin-lsp-server PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
install(DIRECTORY dialect/formats dialect/policies DESTINATION ${CMAKE_INSTALL_DATADIR}/quoin FILES_MATCHING PATTERN "*.mlir")
install(DIRECTORY examples/ DESTINATION ${CMAKE_INSTALL_DATADIR}/quoin/examples)
install(FILES docs/language.md DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(destination ${CMAKE_INSTALL_LIBDIR}/cmake/Quoin)
install(EXPORT QuoinTargets NAMESPACE Quoin:: DESTINATION ${destination})
configure_package_config_file(cmake/QuoinConfig.cmake.in ${PROJECT_BINARY_DIR}/QuoinConfig.cmake
  INSTALL_DESTINATION ${destination})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/QuoinConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/QuoinConfig.cmake ${PROJECT_BINARY_DIR}/QuoinConfigVersion.cmake
  cmake/QuoinKernels.cmake DESTINATION ${destination})
# The build folder is a package as well: find_package looks beside the folders of the PATH.
export(EXPORT QuoinTargets NAMESPACE Quoin:: FILE ${PROJECT_BINARY_DIR}/QuoinTargets.cmake)
configure_file(cmake/QuoinKernels.cmake ${PROJECT_BINARY_DIR}/QuoinKernels.cmake COPYONLY)
