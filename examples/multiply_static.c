/* Multiplies with kernels that are linked in, without a bundle and without the runtime: Y = X * W^T.
 * CMakeLists.txt has the kernels compiled from mine.mlir; the generated kernels.h declares them. */
#include "kernels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N = 5, K = 64, RECORD = 14, STORED = N * K / 32 * RECORD };

/* Memory at a multiple of 64, of a size that kernels.h says. */
static void *aligned(int64_t bytes) {
  char *memory = bytes < 0 ? NULL : (char *)malloc((size_t)bytes + 64);
  if (!memory) {
    fprintf(stderr, "multiply_static: the kernel has no such shape, or there is no memory\n");
    exit(1);
  }
  return memory + (64 - (size_t)memory % 64);
}

/* W as mine.mlir stores it: records of an f16 scale, here 1.0, and 32 codes, here all the record's number mod 8. */
static void storeWeights(uint8_t *stored) {
  int record;
  for (record = 0; record < STORED / RECORD; ++record, stored += RECORD) {
    int code = record % 8;
    stored[0] = 0x00;
    stored[1] = 0x3c;
    memset(stored + 2, code % 4 * 0x55, 8); /* the plane of two bits, */
    memset(stored + 10, code / 4 * 0xff, 4); /* and that of one */
  }
}

int main(void) {
  const quoin_kernel_sizes *sizes = &matmul_mine_int8_32__sizes;
  static uint8_t stored[STORED];
  static float x[K], y[N];
  void *stream = stored;
  int64_t streamBytes = sizeof(stored), i;
  quoin_kernel_args args = {0};
  storeWeights(stored);
  for (i = 0; i < K; ++i)
    x[i] = i % 32 ? 0 : 127; /* picks one weight of each record */

  /* All operands of all phases. Threads may share out rows of X and of W by m_begin .. m_end and n_begin .. n_end. */
  args.m = args.m_end = 1;
  args.n = args.n_end = N;
  args.k = args.ldx = K;
  args.ldy = N;
  args.streams = &stream;
  args.stream_bytes = &streamBytes;
  args.packed = aligned(quoin_packed_bytes(sizes, N, K));
  args.weights = args.packed;
  args.x = x;
  args.xq = aligned(quoin_xq_bytes(sizes, 1, K));
  args.scratch = aligned(sizes->scratch_bytes);
  args.y = y;

  matmul_mine_int8_32__pack(&args);     /* once for each W */
  matmul_mine_int8_32__quantize(&args); /* once for each X, */
  matmul_mine_int8_32__matmul(&args);   /* and this for each W that it meets */
  for (i = 0; i < N; ++i)
    printf("%g\n", y[i]);
  return 0; /* the process's end frees the memory */
}
