/* Multiplies with a compiled kernel from C: Y = X * W^T for one row of X.
 *   multiply BUNDLE KERNEL N K W.bin X.bin        W.bin: the one stored stream, X.bin: K floats; prints N lines
 * C99 and the runtime are all it needs: cc -std=c99 multiply.c -lquoin_runtime */
#include <quoin/runtime.h>

#include <stdio.h>
#include <stdlib.h>

static void *readAll(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  long length;
  void *data;
  if (!file || fseek(file, 0, SEEK_END) != 0 || (length = ftell(file)) < 0) {
    fprintf(stderr, "multiply: cannot read %s\n", path);
    exit(1);
  }
  rewind(file);
  data = malloc((size_t)length + 1);
  *size = data ? fread(data, 1, (size_t)length, file) : 0;
  fclose(file);
  return data;
}

/* Memory at a multiple of 64, as the runtime wants xq and scratch; never of no bytes. */
static void *aligned(size_t bytes) {
  char *memory = (char *)malloc(bytes + 64);
  return memory ? memory + (64 - (size_t)memory % 64) : NULL;
}

static quoin_error error;

static void must(quoin_status status) {
  if (status == QUOIN_OK)
    return;
  fprintf(stderr, "multiply: %s: %s (%s)\n", quoin_status_name(status), error.message, error.hint);
  exit(1);
}

int main(int argc, char **argv) {
  quoin_bundle *bundle;
  const quoin_kernel *kernel;
  quoin_kernel_info info;
  quoin_weights *weights;
  quoin_pool *pool;
  quoin_launch launch;
  quoin_stream stream;
  quoin_call call = {0};
  size_t xBytes;
  int64_t i;
  if (argc != 7) {
    fprintf(stderr, "usage: multiply BUNDLE KERNEL N K W.bin X.bin\n");
    return 1;
  }
  call.m = 1;
  call.n = atoll(argv[3]);
  call.k = atoll(argv[4]);

  /* The bundle: verified, and the best image for this machine made executable. */
  must(quoin_bundle_create_from_file(argv[1], NULL, &bundle, &error));
  must(quoin_bundle_find_kernel(bundle, argv[2], &kernel, &error));
  quoin_kernel_get_info(kernel, &info);
  must(quoin_pool_create(2, 0, &pool, &error));
  launch = quoin_pool_launch(pool);

  /* Weights are packed once; the stored bytes are not needed afterwards. */
  stream.name = info.streams[0];
  stream.data = readAll(argv[5], &stream.bytes);
  must(quoin_weights_create_from_streams(kernel, call.n, call.k, &stream, 1, &launch, &weights, &error));

  /* Operands: the runtime says how large its own are. */
  call.x = (const float *)readAll(argv[6], &xBytes);
  if (xBytes != (size_t)call.k * sizeof(float)) {
    fprintf(stderr, "multiply: %s has %lu bytes, %ld floats need %lu\n", argv[6], (unsigned long)xBytes, (long)call.k,
            (unsigned long)call.k * 4);
    return 1;
  }
  must(quoin_kernel_xq_bytes(kernel, call.m, call.k, &call.xq_bytes, &error));
  must(quoin_kernel_scratch_bytes(kernel, launch.parts, &call.scratch_bytes, &error));
  call.ldx = call.k;
  call.ldy = call.n;
  call.m_end = call.m;
  call.n_end = call.n;
  call.xq = aligned(call.xq_bytes);
  call.scratch = aligned(call.scratch_bytes);
  call.y = (float *)malloc((size_t)call.n * sizeof(float));
  call.weights = weights;
  call.launch = &launch;

  /* Phase one once for each X, phase two for each W that it meets. */
  must(quoin_quantize(kernel, &call, &error));
  must(quoin_matmul(kernel, &call, &error));
  for (i = 0; i < call.n; ++i)
    printf("%g\n", call.y[i]);

  quoin_weights_release(weights);
  quoin_pool_release(pool);
  quoin_bundle_release(bundle); /* the process's end frees the rest */
  return 0;
}
