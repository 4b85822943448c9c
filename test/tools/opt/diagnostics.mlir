// Help lists our options and MLIR's, and none of the hundreds that LLVM's libraries have.
// RUN: quoin-opt --help | FileCheck %s --check-prefix=HELP --implicit-check-not=amdgpu
// HELP: --split-input-file
// HELP: --quoin-vector-stage
// Diagnostics say where, and leave the operation out unless one asks for it.
// RUN: not quoin-opt %s 2>&1 | FileCheck %s --implicit-check-not=note:
// RUN: not quoin-opt --mlir-print-op-on-diagnostic %s 2>&1 | FileCheck %s --check-prefix=ASKED
// CHECK: diagnostics.mlir:[[@LINE+2]]:{{[0-9]+}}: error: 'func.return' op has 0 operands
// ASKED: note: see current operation: "func.return"
func.func @wrong(%a: i32) -> i32 { return }
