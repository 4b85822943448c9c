# What is found out about a resolved format: no MLIR in it.
quoin_library(quoin_analysis SOURCES
  BitMap.cpp
  Diagram.cpp
  NormalForm.cpp
  normal/Branches.cpp
  normal/Codes.cpp
  normal/DemandedBits.cpp
  normal/Decompose.cpp
  normal/Describe.cpp
  normal/Elsewhere.cpp
  normal/EvaluateTerms.cpp
  normal/Range.cpp
  normal/Scan.cpp
  normal/Substitute.cpp
  normal/Terms.cpp
  normal/Turns.cpp
  normal/Walk.cpp
  LINKS quoin_spec fmt::fmt)
