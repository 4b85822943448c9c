// RUN: not quoin-opt --quoin-choose-schedule=target=vax %s 2>&1 | FileCheck %s
// RUN: not quoin-opt --quoin-vectorize-tile=target=vax %s 2>&1 | FileCheck %s
// RUN: not quoin-opt --quoin-tiles-x86=target=vax %s 2>&1 | FileCheck %s
// RUN: not quoin-opt --quoin-dot-product-x86=target=vax %s 2>&1 | FileCheck %s
// RUN: not quoin-opt --quoin-dot-product-arm=target=vax %s 2>&1 | FileCheck %s

// CHECK: error: unknown target "vax"; targets are host, x86-64-v3,
module {}
