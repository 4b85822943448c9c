/* Packed weights on disk: PackedHeader, then `bytes` bytes as the kernel layout wants them. Little-endian, plain C.
 * The header's size keeps the weights 64-byte aligned in a mapped file.
 *
 * Version log: 1: first. */
#ifndef QUOIN_PACKED_FORMAT_H
#define QUOIN_PACKED_FORMAT_H

#include <stdint.h>

#define QUOIN_PACKED_MAGIC "QUOINPKW" /* 8 bytes, no terminator */
#define QUOIN_PACKED_VERSION 1

typedef struct PackedHeader {
  char magic[8];
  uint32_t version;
  uint32_t reserved;  /* 0 */
  char layout_id[64]; /* of the manifest, padded with zeros */
  char format[64];    /* name of the format, padded with zeros, cut at 64 bytes */
  int64_t n, k;
  uint64_t bytes;
  uint8_t sha256[32];  /* of the header with this field zero, then the weights */
  uint8_t padding[56]; /* 0 */
} PackedHeader;

#ifdef __cplusplus
static_assert(sizeof(PackedHeader) == 256, "layout is the file format");
#endif

#endif
