// One remark a kernel: the strategy taken with its predicted cost, what the others would cost or why they cannot be taken,
// and what each regime would cost otherwise.
// RUN: quoin-opt --quoin-choose-schedule=target=x86-64-v3 %s -o /dev/null 2>&1 | FileCheck %s
// RUN: quoin-opt --quoin-choose-schedule=target=znver4 %s -o /dev/null 2>&1 | FileCheck %s --check-prefix=WIDE

quoin.format @example_4bit tile [1, 32] {
  stream block record 18
  field d : f16 in block at 0
  field q[i: 32] : ui4 in block at 16 + 4 * i
  decode (i) = (q[i] - 8) * d
}
// CHECK: remark: strategy integer dot product: codes are integers of 4 bits in [0, 15]
quoin.kernel @integers weights @example_4bit activations int8 per 32
