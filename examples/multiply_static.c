/* Multiplies with kernels that are linked in, without a bundle and without the runtime: Y = X * W^T for one row of X.
 *   multiply_static N K W.bin X.bin        W.bin: W in format mine, X.bin: K floats; prints N lines
 * CMakeLists.txt beside it has the kernels compiled from mine.mlir; kernels.h declares them. */
#include "files.h"
#include "kernels.h"

int main(int argc, char **argv) {
  const quoin_kernel_sizes *sizes = &matmul_mine_int8_32__sizes;
  quoin_kernel_args args = {0};
  int64_t streamBytes, i;
  void *stream;
  if (argc != 5) {
    fprintf(stderr, "usage: multiply_static N K W.bin X.bin\n");
    return 1;
  }
  args.m = 1;
  args.n = atoll(argv[1]);
  args.k = atoll(argv[2]);
  if (quoin_packed_bytes(sizes, args.n, args.k) < 0 || quoin_xq_bytes(sizes, args.m, args.k) < 0) {
    fprintf(stderr, "multiply_static: W is not N x K; K must be a multiple of %d\n", (int)sizes->k_multiple);
    return 1;
  }

  /* Weights are packed once; the stored bytes, 14 for 32 weights, are not needed afterwards. */
  streamBytes = quoin_size_sum(args.n, args.k / 32 * 14, 0);
  stream = readExactly(argv[3], streamBytes);
  args.streams = &stream;
  args.stream_bytes = &streamBytes;
  args.packed = aligned(quoin_packed_bytes(sizes, args.n, args.k));
  args.n_end = args.n; /* from n_begin = 0: all rows of W; threads would share them out */
  matmul_mine_int8_32__pack(&args);

  /* Phase one once for each X, phase two for each W that it meets. */
  args.x = readExactly(argv[4], args.k * (int64_t)sizeof(float));
  args.ldx = args.k;
  args.xq = aligned(quoin_xq_bytes(sizes, args.m, args.k));
  args.m_end = args.m;
  matmul_mine_int8_32__quantize(&args);
  args.weights = args.packed;
  args.y = aligned(quoin_size_sum(args.n, sizeof(float), 0));
  args.ldy = args.n;
  args.scratch = aligned(sizes->scratch_bytes);
  matmul_mine_int8_32__matmul(&args);
  for (i = 0; i < args.n; ++i)
    printf("%g\n", args.y[i]);
  return 0; /* the process's end frees the memory */
}
