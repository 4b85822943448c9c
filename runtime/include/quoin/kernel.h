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

/* ---- sizes of operands ---- */

/* Bytes of a row of quantized X beside its codes: `bytes` for every `columns` columns begun, or once where it is 0. */
typedef struct quoin_x_part {
  int64_t columns, bytes;
} quoin_x_part;

/* How large a kernel's operands are. The manifest says so, and the header that is written beside an object. */
typedef struct quoin_kernel_sizes {
  int64_t n_multiple, k_multiple; /* N and K must be multiples of these */
  int64_t panel_rows;             /* W is worked on in panels of so many rows */
  int64_t panel_bytes;            /* packed weights: a panel is so many bytes, and */
  int64_t block, block_bytes;     /* block_bytes for every `block` columns begun; all 0 without a packed layout */
  int64_t x_code_bytes;           /* quantized X: bytes of a column's codes, */
  const quoin_x_part *x_parts;    /* and what lies beside them */
  int64_t x_part_count;
  int64_t scratch_bytes; /* of one call */
} quoin_kernel_sizes;

/* a * b + c for sizes; -1 where one is negative or the result is beyond 63 bits. */
static inline int64_t quoin_size_sum(int64_t a, int64_t b, int64_t c) {
  if (a < 0 || b < 0 || c < 0 || (b > 0 && a > (INT64_MAX - c) / b))
    return -1;
  return a * b + c;
}

/* a / b rounded up; -1 for negative a. */
static inline int64_t quoin_size_quotient(int64_t a, int64_t b) { return a < 0 ? -1 : a / b + (a % b != 0); }

/* Bytes of W [n, k] packed; -1 where the kernel has no such shape or the bytes are beyond 63 bits. */
static inline int64_t quoin_packed_bytes(const quoin_kernel_sizes *sizes, int64_t n, int64_t k) {
  int64_t panel;
  if (n < 1 || k < 1 || n % sizes->n_multiple || k % sizes->k_multiple)
    return -1;
  panel = quoin_size_sum(quoin_size_quotient(k, sizes->block), sizes->block_bytes, sizes->panel_bytes);
  return quoin_size_sum(quoin_size_quotient(n, sizes->panel_rows), panel, 0);
}

/* Bytes of X [m, k] quantized, every row rounded up to 64; -1 as above. */
static inline int64_t quoin_xq_bytes(const quoin_kernel_sizes *sizes, int64_t m, int64_t k) {
  int64_t columns, row, i;
  if (k < 1 || k % sizes->k_multiple)
    return -1;
  columns = quoin_size_sum(quoin_size_quotient(k, sizes->block), sizes->block, 0);
  row = quoin_size_sum(columns, sizes->x_code_bytes, 0);
  for (i = 0; i < sizes->x_part_count; ++i) {
    const quoin_x_part *part = &sizes->x_parts[i];
    row = quoin_size_sum(part->columns ? quoin_size_quotient(columns, part->columns) : 1, part->bytes, row);
  }
  return quoin_size_sum(m, quoin_size_sum(quoin_size_quotient(row, 64), 64, 0), 0);
}

#ifdef __cplusplus
}
#endif
#endif
