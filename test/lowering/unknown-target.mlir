// Every pass that asks for a target says which there are.
// RUN: not quoin-opt --quoin-choose-schedule=target=nowhere %s 2>&1 | FileCheck %s
// RUN: not quoin-opt --quoin-vectorize-tile=target=nowhere %s 2>&1 | FileCheck %s
// RUN: not quoin-opt --quoin-dot-product-x86=target=nowhere %s 2>&1 | FileCheck %s
// RUN: not quoin-opt --quoin-dot-product-arm=target=nowhere %s 2>&1 | FileCheck %s
// RUN: not quoin-opt --quoin-tiles-x86=target=nowhere %s 2>&1 | FileCheck %s
// CHECK: error: {{.*}}"nowhere"{{.*}}x86-64-v3
module {
}
