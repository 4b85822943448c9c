/* The bundle on disk, shared by the writer (codegen/) and the loader (runtime/). Little-endian, naturally aligned, plain C.
 *
 * file := BundleHeader, BundleSection[section_count], manifest (JSON, UTF-8), section bytes.
 * Every byte of the file is covered by `sha256` of the header (computed with that field zero).
 *
 * Version log: 1: first. */
#ifndef QUOIN_BUNDLE_FORMAT_H
#define QUOIN_BUNDLE_FORMAT_H

#include <stdint.h>

#define QUOIN_BUNDLE_MAGIC "QUOINBDL" /* 8 bytes, no terminator */
#define QUOIN_BUNDLE_VERSION 1
#define QUOIN_BUNDLE_MAX_BYTES (1ull << 30)

typedef struct BundleHeader {
  char magic[8];
  uint32_t version;
  uint32_t kernel_abi;      /* QUOIN_KERNEL_ABI of quoin/kernel.h */
  uint64_t file_bytes;      /* whole file */
  uint64_t manifest_offset;
  uint64_t manifest_bytes;
  uint32_t section_count;
  uint32_t reserved;        /* 0 */
  uint8_t sha256[32];
} BundleHeader;

enum { QUOIN_SECTION_CPU_IMAGE = 1 };

/* A CPU image is position-independent code and constants in one blob without relocations: copied to pages that are made
 * executable after the hash was checked. Entry points are offsets, named in the manifest. */
typedef struct BundleSection {
  uint32_t kind;
  uint32_t reserved; /* 0 */
  uint64_t offset;   /* 64-byte aligned, from the file's start */
  uint64_t bytes;
} BundleSection;

#ifdef __cplusplus
static_assert(sizeof(BundleHeader) == 80, "layout is the file format");
static_assert(sizeof(BundleSection) == 24, "layout is the file format");
#endif

/* The manifest: one JSON object.
 * {
 *   "quoin": "0.1.0",                     version of the compiler
 *   "text_sha256": "hex",                 of the description it was made from
 *   "formats": { NAME: spec/Json.h },
 *   "kernels": [ {
 *     "name": "matmul_X_int8:32", "op": "matmul", "format": NAME,
 *     "activations": "int8:32",           as on the command line
 *     "layout": "packed", "layout_id": "hex",   packed weights carry the same id
 *     "streams": [NAME...],               order of quoin_kernel_args.streams
 *     "k_multiple": 32, "n_multiple": 1,  what N and K must be multiples of
 *     "panel_rows": 16,                   packed weights: ceil(N / panel_rows) panels of (K / group) * bytes_per_group bytes
 *     "group": 32, "bytes_per_group": 288,
 *     "x_group": 32,                      activation group. xq: M rows of round_up(K + 8 * K / x_group, 64) bytes:
 *                                         K codes (int8), then K / x_group scales (f32), then as many code sums (i32)
 *     "scratch_bytes": 16384,
 *     "numerics": { "accumulate": "exact", "scale": "fma per group, ascending k", "error": "..." , ... },
 *     "schedule": "text of the schedule attribute",
 *     "images": [ { "isa": "x86-64-v3", "requires": ["avx2","fma","f16c","bmi2"], "section": 0,
 *                   "entries": { "quantize": 0, "matmul": 64, "pack": 4096, "unpack": 5000, "decode": 6000 } } ]
 *   } ]
 * }
 * "decode_NAME" and "pack_NAME" kernels (op "decode", "pack") have the same form with their own entries alone. */

#endif
