/* The border between generated code and everything else: what a compiled kernel is called with. Plain C, no includes
 * but stdint. Generated functions are freestanding and re-entrant: no allocation, no globals, no calls, and they read
 * and write only what this struct points to. */
#ifndef QUOIN_KERNEL_H
#define QUOIN_KERNEL_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Changes whenever a field moves or a meaning changes; bundles carry the number they were made for. */
#define QUOIN_KERNEL_ABI 3

/* Every field is 8 bytes, so field i lies at byte 8 i. Unused fields may be null or 0. */
typedef struct quoin_kernel_args {
  const void *weights;        /* matmul (layout "stored": null), unpack: packed weights, 64-byte aligned */
  void *const *streams;       /* pack, decode, matmul of layout "stored": streams in the manifest's order, byte-aligned
                                 (null: absent). unpack: written */
  void *packed;               /* pack: output of the manifest's packed size, 64-byte aligned */
  const float *x;             /* quantize: X, row m at x + m * ldx */
  int64_t ldx;                /* row stride of X in elements */
  void *xq;                   /* quantize: output, codes or rounded floats; matmul: input. 64-byte aligned */
  float *y;                   /* matmul: Y, row m at y + m * ldy. decode: W as f32, row n at y + n * ldy */
  int64_t ldy;
  const float *bias;          /* matmul: N floats, or null */
  int64_t m, n, k;            /* the whole problem's sizes */
  int64_t m_begin, m_end;     /* quantize: rows of X to do */
  int64_t n_begin, n_end;     /* matmul, pack, unpack, decode: rows of W to do; multiples of panel_rows, or n at the end */
  void *scratch;              /* matmul: scratch_bytes of the manifest, 64-byte aligned, one per concurrent call */
  const int64_t *stream_bytes; /* pack, decode, matmul on stored streams: length of each of `streams`, 0 where absent. unpack: unused */
  int64_t *refused; /* pack, matmul on stored streams: becomes 1 where an optional stream orders groups in a way
                       that the kernel cannot pack; what belongs to them is NaN then. May be null; calls that
                       run at once may share it, since none writes anything else */
} quoin_kernel_args;

typedef void (*quoin_kernel_fn)(const quoin_kernel_args *args);

#ifdef __cplusplus
}
#endif
#endif
