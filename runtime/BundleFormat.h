/* The bundle on disk, shared by the writer (codegen/) and the loader (runtime/). Little-endian, naturally aligned,
 * plain C.
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
#define QUOIN_MANIFEST_MAX_BYTES (1ull << 24)
#define QUOIN_MANIFEST_MAX_DEPTH 64

typedef struct BundleHeader {
  char magic[8];
  uint32_t version;
  uint32_t kernel_abi; /* QUOIN_KERNEL_ABI of quoin/kernel.h */
  uint64_t file_bytes; /* whole file */
  uint64_t manifest_offset;
  uint64_t manifest_bytes;
  uint32_t section_count;
  uint32_t reserved; /* 0 */
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

// clang-format off
/* The manifest: one JSON object of at most QUOIN_MANIFEST_MAX_BYTES, nested at most QUOIN_MANIFEST_MAX_DEPTH deep.
 * Integers are written without point or exponent. Fields marked (opt) may be left out; fields not listed are ignored.
 * {
 *   "quoin": "0.1.0",                     version of the compiler
 *   "text_sha256": "hex",                 of the description it was made from
 *   "formats": { NAME: spec/Json.h },     as an object (not as a string of JSON)
 *   "kernels": [ {
 *     "name": "matmul_X_int8:32", "op": "matmul", "format": NAME,
 *     "activations": "int8:32",           as on the command line
 *     "layout": "packed", "layout_id": "hex",   packed weights carry the same id
 *     "streams": [NAME...],               order of quoin_kernel_args.streams
 *     "k_multiple": 32, "n_multiple": 1,  what N and K must be multiples of
 *     "panel_rows": 16,                   packed weights: ceil(N / panel_rows) panels of
 *                                         (K / group) * bytes_per_group bytes
 *     "group": 32, "bytes_per_group": 288,   group 0: one group, all of K
 *     "x_group": 32,                      activation group, 0: all of K. xq: M rows of
 *                                         round_up(x_code_bytes * K + 8 * K / x_group, 64) bytes; what is in them is the
 *                                         image's own affair
 *     "x_code_bytes": 1,                  (opt, 1) bytes for the codes of one column of X, the most any image needs
 *     "scratch_bytes": 16384,
 *     "code_bits": 4,                     (opt, 8) two's complement or unsigned bits that hold every code - zero of the
 *                                         dot products; at most 4: 16 products with int8 fit an int16
 *     "numerics": {
 *       "accumulate": "exact",            dot products of integers are exact
 *       "order": "fma-per-group",         (opt) the float expression is declared: acc = +0; for each scale group in
 *                                         ascending k: acc = fma(f32(S), c, acc), S the exact sum of (code - zero) * xq
 *                                         over the group, c = f32(coefficient) * x_scale rounded to f32; after all groups
 *                                         + bias (one f32 add). A scale group is the shorter of group and x_group; where
 *                                         there are several terms, each group does them in order
 *       "terms": [ { "coefficient": node, "code": node, "zero": 8, "zero_node": -1 } ],
 *                                         (opt; with order) nodes of the format's JSON, functions of its decode
 *                                         variables: value = sum of coefficient * (code - zero - zero_node). -1 stands for
 *                                         coefficient 1.0, code 1, zero_node 0
 *       "error": "text" },                (opt)
 *     "schedule": { TARGET: "text" },     (opt)
 *     "images": [ { "isa": "x86-64-v3", "arch": "x86_64",   (arch opt, "x86_64"; or "aarch64")
 *                   "requires": ["avx2","fma","f16c","bmi2"],   only names of runtime/cpu_features.cpp; an unknown one
 *                                         refuses the bundle. Of the usable images the one that requires most is taken,
 *                                         the last of equals
 *                   "section": 0,
 *                   "entries": { "quantize": 0, "matmul": 64, "pack": 4096, "unpack": 5000, "decode": 6000 } } ]
 *   } ]
 * }
 * A "matmul" kernel needs "quantize" and "matmul" and, when packed, "pack"; its "unpack" and "decode" are optional.
 * "decode_NAME" and "pack_NAME" kernels (op "decode", "pack") have the same form with their own entries alone: decode
 * needs "decode"; pack needs "pack". Numbers that an op does not use are 0 or left out. */
// clang-format on

#endif
