# What "cmake --install" puts where: the tools, the format library as text, and the runtime for find_package(Quoin).
include(CMakePackageConfigHelpers)

install(TARGETS quoin-opt quoin-compile quoin-format quoin-run RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY dialect/formats dialect/policies DESTINATION ${CMAKE_INSTALL_DATADIR}/quoin FILES_MATCHING PATTERN "*.mlir")

install(TARGETS quoin_runtime EXPORT QuoinTargets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY runtime/include/quoin DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT QuoinTargets NAMESPACE Quoin:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/Quoin)
configure_package_config_file(cmake/QuoinConfig.cmake.in ${PROJECT_BINARY_DIR}/QuoinConfig.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/Quoin)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/QuoinConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/QuoinConfig.cmake ${PROJECT_BINARY_DIR}/QuoinConfigVersion.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/Quoin)
