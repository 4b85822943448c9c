/* Plain kernels for a format of 32 weights in 18 bytes (an f16 scale, two nibbles a byte, zero point 8), written
 * against quoin/kernel.h by hand: what quoin-run is tested with. BUG=n builds one mistake into them, which check must
 * find. */
#include "quoin/kernel.h"

#ifndef BUG
#define BUG 0
#endif

#include <immintrin.h>

enum { group = 32, panelRows = 4, recordBytes = 18, panelGroupBytes = panelRows * recordBytes };

typedef union {
  float f;
  uint32_t u;
} Bits;

static int64_t rowBytes(int64_t k) { return (k + 8 * (k / group) + 63) / 64 * 64; }
static float fromBits(uint32_t u) {
  Bits bits;
  bits.u = u;
  return bits.f;
}
static float fabsOf(float f) {
  Bits bits;
  bits.f = f;
  bits.u &= 0x7fffffffu;
  return bits.f;
}
static float scaleOf(const uint8_t *record) { return _cvtsh_ss((unsigned short)(record[0] | record[1] << 8)); }
static int codeOf(const uint8_t *record, int i) { return record[2 + i % 16] >> (4 * (i / 16)) & 15; }

static void quantizeGroup(const float *x, int8_t *codes, float *scale, int32_t *sum) {
  float amax = 0;
  int finite = 1;
  for (int i = 0; i < group; ++i) {
    float a = fabsOf(x[i]);
    finite &= a <= 0x1.fffffep127f;
    amax = a > amax ? a : amax;
  }
  float inverse = 127.0f / amax;
  inverse = inverse > 0x1.fffffep127f ? 0x1.fffffep127f : inverse;
  if (BUG == 10)
    finite = 1;
  *scale = finite ? amax / 127.0f : fromBits(0x7fc00000u);
  *sum = 0;
  for (int i = 0; i < group; ++i) {
    float scaled = x[i] * inverse;
    int code = amax == 0 || !finite ? 0
               : BUG == 2           ? _mm_cvttss_si32(_mm_set_ss(scaled))
                                    : _mm_cvtss_si32(_mm_set_ss(scaled));
    codes[i] = (int8_t)code;
    *sum += code;
  }
}

void quantize(const quoin_kernel_args *args) {
  for (int64_t m = args->m_begin; m < args->m_end; ++m) {
    const float *x = args->x + m * args->ldx;
    int8_t *codes = (int8_t *)args->xq + m * rowBytes(args->k);
    float *scales = (float *)(codes + args->k);
    int32_t *sums = (int32_t *)(scales + args->k / group);
    if (BUG == 8)
      (void)*(const volatile float *)(x - 1);
    for (int64_t g = 0; g < args->k / group; ++g)
      quantizeGroup(x + g * group, codes + g * group, scales + g, sums + g);
    if (BUG == 14 && m == args->m - 1)
      codes[rowBytes(args->k)] = 1;
  }
}

static int32_t dot(const uint8_t *record, const int8_t *x) {
  int32_t sum = 0;
  for (int i = 0; i < group; ++i)
    sum += (codeOf(record, i) - (BUG == 1 ? 7 : 8)) * x[i];
  return sum;
}

/* `record`: of the row's first group, the next one `step` bytes behind it. */
static float productOf(const quoin_kernel_args *args, const uint8_t *record, int64_t step, int64_t m, int64_t n) {
  int64_t groups = args->k / group;
  const int8_t *codes = (const int8_t *)args->xq + m * rowBytes(args->k);
  const float *scales = (const float *)(codes + args->k);
  float acc = 0;
  for (int64_t i = 0; i < groups; ++i) {
    int64_t g = BUG == 3 || (BUG == 9 && args->m >= 16) ? groups - 1 - i : i;
    float s = (float)dot(record + g * step, codes + g * group), c = scaleOf(record + g * step) * scales[g];
    acc = BUG == 4 ? acc + s * c : __builtin_fmaf(s, c, acc);
  }
  return args->bias && BUG != 7 ? acc + args->bias[n] : acc;
}

static float product(const quoin_kernel_args *args, int64_t m, int64_t n) {
  const uint8_t *panel = (const uint8_t *)args->weights + n / panelRows * (args->k / group) * panelGroupBytes;
  return productOf(args, panel + n % panelRows * recordBytes, panelGroupBytes, m, n);
}

void matmul(const quoin_kernel_args *args) {
  ((volatile uint8_t *)args->scratch)[BUG == 13 ? 128 : 99] = 1;
  for (int64_t m = 0; m < args->m; ++m)
    for (int64_t n = args->n_begin; n < args->n_end + (BUG == 6); ++n)
      args->y[m * args->ldy + n] = product(args, m, n);
}

static void copyRecord(uint8_t *to, const uint8_t *from) {
  for (int i = 0; i < recordBytes; ++i)
    to[i] = from ? from[i] : BUG == 15; /* what pads a panel */
}

void pack(const quoin_kernel_args *args) {
  const uint8_t *stored = (const uint8_t *)args->streams[0];
  int64_t groups = args->k / group;
  for (int64_t n = args->n_begin; n < (args->n_end + panelRows - 1) / panelRows * panelRows; ++n)
    for (int64_t g = 0; g < groups; ++g) {
      int inside = n < args->n || BUG == 5;
      copyRecord((uint8_t *)args->packed + (n / panelRows * groups + g) * panelGroupBytes + n % panelRows * recordBytes,
                 inside ? stored + (n * groups + g) * recordBytes : 0);
    }
}

void unpack(const quoin_kernel_args *args) {
  uint8_t *stored = (uint8_t *)args->streams[0];
  int64_t groups = args->k / group;
  for (int64_t n = args->n_begin; n < args->n_end; ++n)
    for (int64_t g = 0; g < groups; ++g) {
      const uint8_t *from = (const uint8_t *)args->weights + (n / panelRows * groups + g) * panelGroupBytes;
      copyRecord(stored + (n * groups + g) * recordBytes, from + n % panelRows * recordBytes);
      if (BUG == 11)
        stored[(n * groups + g) * recordBytes + 17] ^= 1;
    }
}

/* The same weights where they are stored. */
void matmul_stored(const quoin_kernel_args *args) {
  const uint8_t *stored = (const uint8_t *)args->streams[0];
  int64_t groups = args->k / group;
  if (BUG == 16)
    ((volatile uint8_t *)args->streams[0])[0] = 0;
  for (int64_t m = 0; m < args->m; ++m)
    for (int64_t n = args->n_begin; n < args->n_end; ++n)
      args->y[m * args->ldy + n] = productOf(args, stored + n * groups * recordBytes, recordBytes, m, n);
}

/* Activations as bf16, to nearest even, in rows of whole cache lines; sums of floats. */
static int64_t floatRowBytes(int64_t k) { return (2 * k + 63) / 64 * 64; }

void quantize_floats(const quoin_kernel_args *args) {
  for (int64_t m = args->m_begin; m < args->m_end; ++m)
    for (int64_t k = 0; k < args->k; ++k) {
      Bits bits;
      bits.f = args->x[m * args->ldx + k];
      uint32_t half = BUG == 17 ? 0 : 0x7fffu + (bits.u >> 16 & 1);
      uint32_t rounded = fabsOf(bits.f) <= 0x1.fffffep127f ? bits.u + half : bits.u | (bits.f != bits.f) << 22;
      ((uint16_t *)((uint8_t *)args->xq + m * floatRowBytes(args->k)))[k] = (uint16_t)(rounded >> 16);
    }
}

void matmul_floats(const quoin_kernel_args *args) {
  int64_t groups = args->k / group;
  for (int64_t m = 0; m < args->m; ++m)
    for (int64_t n = args->n_begin; n < args->n_end; ++n) {
      const uint8_t *panel = (const uint8_t *)args->weights + n / panelRows * groups * panelGroupBytes;
      const uint16_t *x = (const uint16_t *)((const uint8_t *)args->xq + m * floatRowBytes(args->k));
      float acc = 0;
      for (int64_t k = 0; k < args->k - (BUG == 18); ++k) {
        const uint8_t *record = panel + k / group * panelGroupBytes + n % panelRows * recordBytes;
        float w = (float)(codeOf(record, (int)(k % group)) - 8) * scaleOf(record);
        acc += w * fromBits((uint32_t)x[k] << 16);
      }
      args->y[m * args->ldy + n] = args->bias ? acc + args->bias[n] : acc;
    }
}

void decode(const quoin_kernel_args *args) {
  const uint8_t *stored = (const uint8_t *)args->streams[0];
  for (int64_t n = args->n_begin; n < args->n_end; ++n)
    for (int64_t k = 0; k < args->k; ++k) {
      const uint8_t *record = stored + (n * (args->k / group) + k / group) * recordBytes;
      int code = codeOf(record, (int)(k % group));
      args->y[n * args->ldy + k] = (float)(code - (BUG == 12 && code == 15 ? 9 : 8)) * scaleOf(record);
    }
}
