// Kernels through all stages: every target multiplies with the instructions of its row in the table, and plain code with none.
// RUN: quoin-opt --quoin-schedule-stage=target=aarch64 --quoin-tile-stage --quoin-vector-stage=target=aarch64 --quoin-llvm-stage=target=aarch64 %s | FileCheck %s --check-prefixes=ARM,NEON
// RUN: quoin-opt --quoin-schedule-stage=target=aarch64+dotprod --quoin-tile-stage --quoin-vector-stage=target=aarch64+dotprod --quoin-llvm-stage=target=aarch64+dotprod %s | FileCheck %s --check-prefixes=ARM,DOT
// RUN: quoin-opt --quoin-schedule-stage=target=aarch64+i8mm --quoin-tile-stage --quoin-vector-stage=target=aarch64+i8mm --quoin-llvm-stage=target=aarch64+i8mm %s | FileCheck %s --check-prefixes=ARM,I8MM
// RUN: quoin-opt --quoin-schedule-stage=target=x86-64-v3 --quoin-tile-stage --quoin-vector-stage=target=x86-64-v3 --quoin-llvm-stage=target=x86-64-v3 %s | FileCheck %s --check-prefix=AVX2
// RUN: quoin-opt --quoin-schedule-stage=target=sapphirerapids+amx --quoin-tile-stage --quoin-vector-stage=target=sapphirerapids+amx --quoin-llvm-stage=target=sapphirerapids+amx %s | FileCheck %s --check-prefix=AMX
// RUN: quoin-opt --quoin-schedule-stage=target=x86-64-v3-generic --quoin-tile-stage --quoin-vector-stage=target=x86-64-v3-generic --quoin-llvm-stage=target=x86-64-v3-generic %s | FileCheck %s --check-prefix=PLAIN

// AMX-DAG: "llvm.x86.tdpbsud"
// AMX-DAG: "llvm.x86.avx512.vpdpbusd.512"
// AMX-DAG: "llvm.x86.avx512bf16.dpbf16ps.512"
// AVX2: "llvm.x86.avx2.pmadd.ub.sw"
// AVX2: "llvm.x86.avx2.pmadd.wd"
// AVX2-NOT: avx512
// NEON-NOT: {{sdot|usdot|usmmla}}
// NEON: "llvm.aarch64.neon.smull"
// DOT-NOT: {{usdot|usmmla|smull}}
// DOT: "llvm.aarch64.neon.sdot"
// I8MM-DAG: "llvm.aarch64.neon.usdot"
// I8MM-DAG: "llvm.aarch64.neon.usmmla"
// ARM-NOT: llvm.x86
// PLAIN-NOT: {{llvm.x86|llvm.aarch64|qtile}}
quoin.format @example_4bit tile [1, 32] {
  stream block record 18
  field d : f16 in block at 0
  field q[i: 32] : ui4 in block at 16 + 4 * i
  decode (i) = (q[i] - 8) * d
}
quoin.kernel @integers weights @example_4bit activations int8 per 32
quoin.kernel @floats weights @example_4bit activations bf16
