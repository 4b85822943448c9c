// Lines of the user's text that code comes from, for debug information.
#pragma once

#include "dialect/QuoinOps.h"
#include "runtime/spec/Format.h"

namespace quoin {

/// Null where the text that declares the format is not in the kernel's module.
struct SourceLines {
  mlir::LocationAttr decode;              ///< the decode expression
  std::vector<mlir::LocationAttr> fields; ///< fields, and streams read by their own names: by spec::Format::fields

  mlir::LocationAttr field(int32_t id) const { return fields.empty() ? mlir::LocationAttr() : fields[size_t(id)]; }
  /// Of the field that a node reads first, else of decode.
  mlir::LocationAttr of(const spec::Format &format, spec::NodeId node) const;
};

SourceLines sourceLines(KernelOp kernel, const spec::Format &format);

} // namespace quoin
