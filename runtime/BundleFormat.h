/* The bundle on disk, shared by the writer (codegen/) and the loader (runtime/). Little-endian, naturally aligned,
 * plain C.
 *
 * file := BundleHeader, BundleSection[section_count], manifest (JSON, UTF-8), section bytes.
 * Every byte of the file is covered by `sha256` of the header (computed with that field zero). The parts follow one
 * another in this order; what aligns a section is fewer than 64 zero bytes, and nothing follows the last one.
 *
 * Version log: 1: first. 2: packed blocks and panels, quantized rows by parts, numerics of f32 sums. 3: images end with
 * marks, keys that are not listed are refused, "llvm" and "commit". */
#ifndef QUOIN_BUNDLE_FORMAT_H
#define QUOIN_BUNDLE_FORMAT_H

#include <stdint.h>

#define QUOIN_BUNDLE_MAGIC "QUOINBDL" /* 8 bytes, no terminator */
#define QUOIN_BUNDLE_VERSION 3
#define QUOIN_BUNDLE_MAX_BYTES (1ull << 30)
#define QUOIN_MANIFEST_MAX_BYTES (1ull << 24)
#define QUOIN_MANIFEST_MAX_DEPTH 64
#define QUOIN_MANIFEST_MAX_STRING 4096

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

/* A CPU image := code, zeros up to a multiple of 8, ImageMark[mark_count], ImageEnd. The code is position-independent
 * with its constants, in one blob without relocations: copied to pages that are made executable after the hash was
 * checked. Each image of a kernel has its own section or shares that of others; a section that no image names is
 * refused. */
typedef struct BundleSection {
  uint32_t kind;
  uint32_t reserved; /* 0 */
  uint64_t offset;   /* 64-byte aligned, from the file's start */
  uint64_t bytes;
} BundleSection;

/* What one entry point was compiled for: a manifest that says something else of its kernel is not the code's own. The
 * mark is the beginning of SHA-256(kernel, format, image, entry's name), where the first three are SHA-256 of JSON
 * texts without white space and with sorted keys: the kernel's object without "images", its format's object, and the
 * image's object without "section" and "entries". */
typedef struct ImageMark {
  uint8_t mark[24];
  uint64_t offset; /* of the function, from the image's start */
} ImageMark;

#define QUOIN_IMAGE_END "QUOINEND" /* 8 bytes, no terminator */

typedef struct ImageEnd {
  uint32_t mark_count;
  uint32_t reserved; /* 0 */
  char magic[8];
} ImageEnd;

#ifdef __cplusplus
static_assert(sizeof(BundleHeader) == 80, "layout is the file format");
static_assert(sizeof(BundleSection) == 24, "layout is the file format");
static_assert(sizeof(ImageMark) == 32, "layout is the file format");
static_assert(sizeof(ImageEnd) == 16, "layout is the file format");
#endif

// clang-format off
/* The manifest: one JSON object of at most QUOIN_MANIFEST_MAX_BYTES, nested at most QUOIN_MANIFEST_MAX_DEPTH deep. Strings
 * beside "formats" have at most QUOIN_MANIFEST_MAX_STRING bytes.
 * Integers are written without point or exponent. Fields marked (opt) may be left out; fields not listed are refused.
 * {
 *   "quoin": "0.1.0",                     version of the compiler
 *   "llvm": "22.1.0",                     (opt) version of LLVM that made the code
 *   "commit": "hex",                      (opt) of the compiler's sources, "-dirty" behind it where they were changed
 *   "text_sha256": "hex",                 (opt) of the description it was made from
 *   "formats": { NAME: spec/Json.h },     as an object (not as a string of JSON)
 *   "kernels": [ {
 *     "name": "matmul_X_int8:32", "op": "matmul", "format": NAME,
 *     "activations": "int8:32",           int8:G, int8:token, f32, f16 or bf16
 *     "layout": "packed",                 or "stored": no packed weights, matmul reads the streams as decode does
 *     "streams": [NAME...],               order of quoin_kernel_args.streams
 *     "k_multiple": 32, "n_multiple": 1,  what N and K must be multiples of
 *     "k_most": 66311,                    (opt) and what K is at most: sums over more columns may leave 32 bits
 *     "block": 32,                        columns of one packed block; stored: of which the codes of X fill whole ones
 *     "layout_id": "hex",                 packed weights carry the same id
 *     "layout_text": "text",              (opt) the layout for people, as is
 *     "normal_form": "text",              (opt) and the weights' normal form
 *     "panel_rows": 16, "block_bytes": 288, "panel_bytes": 0,
 *                                         packed weights: ceil(N / panel_rows) panels of
 *                                         panel_bytes + ceil(K / block) * block_bytes bytes
 *     "group": 32,                        columns that one coefficient covers; 0: all of K; the last may be short
 *     "x_group": 32,                      columns that one activation scale covers; 0: all of K; -1 or left out: the
 *                                         activations are floats. One of the two groups divides the other
 *     "x_code_bytes": 1,
 *     "x_parts": [ { "columns": 32, "bytes": 8 } ],   (opt)
 *                                         xq has M rows of round_up(x_code_bytes * round_up(K, block) +
 *                                         sum of ceil(round_up(K, block) / columns) * bytes, 64) bytes, where columns 0 count once; what
 *                                         is in them is the image's own affair
 *     "scratch_bytes": 16384,
 *     "code_bits": 4,                     (opt, 8) two's complement or unsigned bits that hold every code - zero of the
 *                                         dot products; at most 4: 16 products with int8 fit an int16
 *     "numerics": {
 *       "accumulate": "exact",            dot products of integers are exact. "f32": sums of w(n, k) * x(m, k) in f32
 *                                         in any order, checked within the bound of such a sum, without "order"
 *       "x": "bf16", "w": "bf16",         (f32 sums) f32, f16 or bf16: what X and the decoded weights are rounded to
 *                                         first, to nearest even. X of int8 activations is code * scale, rounded to f32
 *                                         before. Below the normal range bf16 operands and their sums may count as 0
 *       "regrouped": [node, ...],         (opt, f32 sums) weights are decoded by other operations than the format's: the
 *                                         same over the reals, each rounded to f32. A weight differs by 2^-24 of what its
 *                                         expression adds up for each rounding of either; then it is rounded to "w".
 *                                         The nodes are what codes are multiplied with and what is added: where one is
 *                                         beyond 2^112 or no number, so may be the weight, whatever the format decodes
 *       "order": "fma-per-group",         (opt) the float expression is declared, see below
 *       "terms": [ { "coefficient": node, "code": node, "zero": 8, "zero_node": -1 } ],
 *                                         (with order) nodes of the format's JSON, functions of its decode
 *                                         variables: value = sum of coefficient * (code - zero - zero_node). -1 stands
 *                                         for coefficient 1.0, code 1, zero_node 0
 *       "rounded": true,                  (opt) the terms only come near the format's values; the kernel is theirs
 *       "error": "text" },                (opt) how far from the format's values
 *     "recoding": "text",               (opt) what packing adds to the size of weights, where that is over 3 %
 *     "schedule": { TARGET: "text" },     (opt)
 *     "images": [ { "isa": "x86-64-v3", "arch": "x86_64",   (arch opt, "x86_64"; or "aarch64")
 *                   "requires": ["avx2","fma","f16c","bmi2"],   only names of runtime/cpu_features.cpp; an unknown one
 *                                         refuses the bundle. Of the usable images the one that requires most is taken,
 *                                         the last of equals
 *                   "bf16_pairs": true,   (opt) matmul multiplies pairs of bf16 by an instruction made for them, which is
 *                                         then the limit of its speed
 *                   "section": 0,
 *                   "entries": { "quantize": 0, "matmul": 64, "pack": 4096, "unpack": 5000, "decode": 6000 } } ]
 *   } ]
 * }
 * A "matmul" kernel needs "quantize" and "matmul" and, when packed, "pack"; its "unpack" and "decode" are optional.
 * "decode_NAME" and "pack_NAME" kernels (op "decode", "pack") have the same form with their own entries alone: decode
 * needs "decode"; pack needs "pack". Numbers that an op does not use are 0 or left out.
 *
 * The order "fma-per-group". A sum S runs over the shorter of group and x_group and is the exact integer sum of
 * (code - zero - zero_node) * xq, f32(S) its nearest f32, xs the activation's scale. All operations are f32, every *
 * and every fma is rounded once, groups come in ascending k, terms in their order; a group of
 * 0 is longer than any other, whatever K is. acc = +0, then
 *   group = x_group: for each group, each term: acc = fma(f32(S), coefficient * xs, acc), and for a term with code -1,
 *                    whose S is a sum of xq alone, acc = fma(xs * f32(S), coefficient, acc)
 *   group < x_group: for each x_group: inner = +0; for each group in it, each term: inner = fma(f32(S), coefficient,
 *                    inner); then acc = fma(inner, xs, acc)
 *   group > x_group: for each group: for each term inner = +0, and for each x_group in the group inner = fma(f32(S),
 *                    xs, inner); then for each term acc = fma(inner, coefficient, acc)
 * and at last + bias (one f32 add) where there is one. */
// clang-format on

#endif
