#include "dialect/QuoinOps.h"

#include "dialect/Directives.h"

using namespace mlir;

#define GET_OP_CLASSES
#include "dialect/QuoinOps.cpp.inc"
