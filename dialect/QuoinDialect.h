// The quoin dialect, its attributes and enums. Ops are in QuoinOps.h.
#pragma once

#include "dialect/Expr.h"

#include "mlir/IR/Dialect.h"

#include <string>
#include <vector>

#include "dialect/QuoinEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialect/QuoinAttrs.h.inc"

#include "dialect/QuoinDialect.h.inc"
