/* Quoin's runtime: loads a bundle of compiled kernels, packs weights for them and multiplies. Plain C99.
 *
 * Rules that hold for every function:
 * - Nothing is printed, nothing aborts, there is no hidden global state. What can fail returns a quoin_status and fills
 *   `error` (which may be null) with a sentence; outputs are written on success only.
 * - An object made by a `..._create...` function belongs to the caller, who ends it with the `..._release` of its type;
 *   releasing null does nothing. Strings and kernels obtained from a bundle live as long as the bundle.
 * - Handles passed as pointers to const may be used by any number of threads at once. Releasing a handle while another
 *   thread uses it is an error of the caller.
 * - No thread is made unless quoin_pool_create is called; work is split through the caller's quoin_launch.
 *
 * Y = X * W^T (+ bias): X is f32 [M, K], W is [N, K], Y is f32 [M, N]. A multiplication has two phases: quoin_quantize
 * turns X into codes once, then quoin_matmul may use these for any number of weights (q, k and v share one X). */
#ifndef QUOIN_RUNTIME_H
#define QUOIN_RUNTIME_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define QUOIN_API __attribute__((visibility("default")))
#else
#define QUOIN_API
#endif

typedef enum quoin_status {
  QUOIN_OK = 0,
  QUOIN_INVALID_ARGUMENT = 1, /* a null or misaligned pointer, a size or range that cannot be */
  QUOIN_IO_ERROR = 2,         /* the operating system refused a file */
  QUOIN_BAD_BUNDLE = 3,       /* not a bundle, damaged, or of another version */
  QUOIN_BAD_PACKED = 4,       /* not packed weights, damaged, or packed for another layout or shape */
  QUOIN_NOT_FOUND = 5,        /* no kernel, image or entry point of that name */
  QUOIN_UNSUPPORTED = 6,      /* no image of the bundle runs on this machine */
  QUOIN_BAD_SHAPE = 7,        /* the kernel does not serve these sizes */
  QUOIN_OUT_OF_MEMORY = 8,
  QUOIN_BAD_MODEL = 9 /* not a model file, or damaged */
} quoin_status;

/* What went wrong, for people. Owned by the caller; one a thread. */
typedef struct quoin_error {
  quoin_status status;
  char message[448]; /* one sentence, lower-case start, no final period, cut at the buffer's end */
  char hint[256];    /* what to do about it; may be empty */
} quoin_error;

typedef struct quoin_bundle quoin_bundle;
typedef struct quoin_kernel quoin_kernel;   /* part of its bundle */
typedef struct quoin_weights quoin_weights; /* weights in the form one kernel layout wants */
typedef struct quoin_pool quoin_pool;
typedef struct quoin_model quoin_model;

/* Version of the library, as "0.1.0". Any thread; the string is static. */
QUOIN_API const char *quoin_version(void);

/* Name of a status, as "bad bundle". Any thread; the string is static. */
QUOIN_API const char *quoin_status_name(quoin_status status);

/* ---- bundles ---- */

/* How to choose among a kernel's images; a null pointer means all zero. */
typedef struct quoin_load_options {
  const char *isa; /* take the image of this name and no other; null: the best one this machine can run */
} quoin_load_options;

/* Reads and verifies the bundle at `path`. Memory is bounded by the file's size; the file may be removed afterwards.
 * Any thread. */
QUOIN_API quoin_status quoin_bundle_create_from_file(const char *path, const quoin_load_options *options,
                                                     quoin_bundle **out, quoin_error *error);

/* The same from `size` bytes at `bytes`, which are copied. Any thread. */
QUOIN_API quoin_status quoin_bundle_create_from_memory(const void *bytes, size_t size,
                                                       const quoin_load_options *options, quoin_bundle **out,
                                                       quoin_error *error);

/* Ends the bundle, its kernels and its executable pages. No call into its kernels may be under way. */
QUOIN_API void quoin_bundle_release(quoin_bundle *bundle);

/* The manifest: JSON text of `*out_bytes` bytes, terminated by a zero. Owned by the bundle. Any thread. */
QUOIN_API const char *quoin_bundle_manifest(const quoin_bundle *bundle, size_t *out_bytes);

/* Number of kernels. Any thread. */
QUOIN_API size_t quoin_bundle_kernel_count(const quoin_bundle *bundle);

/* Kernel `index`, null when out of range. Owned by the bundle. Any thread. */
QUOIN_API const quoin_kernel *quoin_bundle_kernel(const quoin_bundle *bundle, size_t index);

/* Kernel of a name, case ignored. Owned by the bundle. Any thread. */
QUOIN_API quoin_status quoin_bundle_find_kernel(const quoin_bundle *bundle, const char *name, const quoin_kernel **out,
                                                quoin_error *error);

/* ---- kernels ---- */

typedef struct quoin_kernel_info {
  const char *name;
  const char *op; /* "matmul", "decode" or "pack" */
  const char *format;
  const char *activations; /* "int8:32", "f32"; "" where there are none */
  const char *layout;      /* "packed" or "stored" */
  const char *layout_id;   /* packed weights carry the same; "" for layout "stored" */
  const char *isa;         /* of the chosen image; null when none runs on this machine */
  const char *const *streams;
  size_t stream_count;
  int64_t k_multiple, n_multiple; /* K and N must be multiples of these */
  int64_t panel_rows;             /* W is worked on in panels of so many rows */
  int64_t group;                  /* weights along K sharing a scale; 0: all of K */
  int64_t x_group;                /* activations along K sharing a scale; 0: all of K; -1: activations are floats */
} quoin_kernel_info;

/* Fills `out` with what the manifest says; its pointers are owned by the bundle. Any thread. */
QUOIN_API void quoin_kernel_get_info(const quoin_kernel *kernel, quoin_kernel_info *out);

/* Bytes of W [n, k] in the kernel's packed layout. Any thread. */
QUOIN_API quoin_status quoin_kernel_packed_bytes(const quoin_kernel *kernel, int64_t n, int64_t k, size_t *out_bytes,
                                                 quoin_error *error);

/* Bytes of X [m, k] quantized. Any thread. */
QUOIN_API quoin_status quoin_kernel_xq_bytes(const quoin_kernel *kernel, int64_t m, int64_t k, size_t *out_bytes,
                                             quoin_error *error);

/* Bytes of scratch that a call split into `parts` concurrent parts needs; may be 0. Any thread. */
QUOIN_API quoin_status quoin_kernel_scratch_bytes(const quoin_kernel *kernel, int64_t parts, size_t *out_bytes,
                                                  quoin_error *error);

/* ---- threads ---- */

/* Must call body(argument, i) once for each i in 0..count-1, on any threads, and return when all have returned. */
typedef void (*quoin_parallel_for)(void *context, int64_t count, void (*body)(void *argument, int64_t index),
                                   void *argument);

/* How a call is spread: into at most `parts` parts by `parallel_for`. A null quoin_launch runs all on the caller. The
 * bits of the result do not depend on it where the kernel's numerics are exact. */
typedef struct quoin_launch {
  quoin_parallel_for parallel_for;
  void *context;
  int64_t parts;
} quoin_launch;

/* Makes threads - 1 threads (the caller is the last one), for those who have no thread pool. With `pin` they stay on
 * the 2nd, 3rd, ... CPU that the calling thread may use; the caller itself is not moved. 1 <= threads <= 1024. */
QUOIN_API quoin_status quoin_pool_create(int threads, int pin, quoin_pool **out, quoin_error *error);

/* Ends the threads. No launch may be under way. */
QUOIN_API void quoin_pool_release(quoin_pool *pool);

/* A launch that uses the pool, valid as long as it. Launches from several threads wait for each other; a launch from
 * inside a launch on the same pool deadlocks. */
QUOIN_API quoin_launch quoin_pool_launch(quoin_pool *pool);

/* ---- weights ---- */

/* One stored stream: raw bytes as the format lays them out. A null `data` says that an optional stream is absent. */
typedef struct quoin_stream {
  const char *name;
  const void *data;
  size_t bytes;
} quoin_stream;

/* W [n, k] from its stored streams, passed in any order. A kernel of layout "packed" packs them into memory of its own
 * and does not keep them; one of layout "stored" works on them where they are, and the caller keeps them until release.
 * A stream that is not of the exact size that the format gives it is refused. An optional stream that gives columns
 * other groups than its default does is refused, by quoin_matmul for layout "stored", whose y is NaN then. Any thread.
 */
QUOIN_API quoin_status quoin_weights_create_from_streams(const quoin_kernel *kernel, int64_t n, int64_t k,
                                                         const quoin_stream *streams, size_t stream_count,
                                                         const quoin_launch *launch, quoin_weights **out,
                                                         quoin_error *error);

/* Reads the packed weights that quoin_weights_save wrote; refuses those of another layout, format or damaged. Any
 * thread. */
QUOIN_API quoin_status quoin_weights_create_from_file(const quoin_kernel *kernel, const char *path, quoin_weights **out,
                                                      quoin_error *error);

/* The same from memory, which is copied. Any thread. */
QUOIN_API quoin_status quoin_weights_create_from_memory(const quoin_kernel *kernel, const void *bytes, size_t size,
                                                        quoin_weights **out, quoin_error *error);

/* Uses packed bytes (without file header) where they are: 64-byte aligned, of quoin_kernel_packed_bytes, packed for
 * this kernel's layout, and kept by the caller until release. Any thread. */
QUOIN_API quoin_status quoin_weights_create_view(const quoin_kernel *kernel, int64_t n, int64_t k, const void *packed,
                                                 size_t bytes, quoin_weights **out, quoin_error *error);

/* Ends the weights. No call may use them. They may outlive the bundle they were made with. */
QUOIN_API void quoin_weights_release(quoin_weights *weights);

/* Writes packed weights with a header that names layout, format, shape and hash. Any thread. */
QUOIN_API quoin_status quoin_weights_save(const quoin_weights *weights, const char *path, quoin_error *error);

/* The packed bytes (null for layout "stored"), owned by the weights; `out_...` may be null. Any thread. */
QUOIN_API const void *quoin_weights_data(const quoin_weights *weights, size_t *out_bytes, int64_t *out_n,
                                         int64_t *out_k);

/* Turns packed weights back into stored streams, each of the format's exact size, at data[i] in the order of
 * quoin_kernel_info.streams (null only where the stream was absent). On the calling thread, since stored words may hold
 * bits of many rows. Any thread. */
QUOIN_API quoin_status quoin_weights_unpack(const quoin_kernel *kernel, const quoin_weights *weights, void *const *data,
                                            size_t stream_count, quoin_error *error);

/* ---- files of models ---- */

/* A tensor of a model. Everything it points to is the model's. */
typedef struct quoin_tensor {
  const char *name;    /* UTF-8 */
  const char *type;    /* safetensors: "F16", "I32", ...; GGUF: "" */
  int64_t type_number; /* GGUF: the number of the block type, which formats have as "gguf"; safetensors: -1 */
  size_t rank;
  const int64_t *extents; /* rank of them, slowest first: N, K for weights */
  const void *data;       /* in the file's memory, aligned as the file has it */
  size_t bytes;
} quoin_tensor;

/* Maps the GGUF (version 2 or 3) or safetensors file at `path` read-only and checks all of it but the tensors' data:
 * QUOIN_BAD_MODEL where anything is wrong. Memory is bounded by a small multiple of the file's size, of which the data
 * is no part. The file may be removed or replaced by another afterwards, but not be cut: the process would end. Any
 * thread. */
QUOIN_API quoin_status quoin_model_create_from_file(const char *path, quoin_model **out, quoin_error *error);

/* Ends the model and unmaps its file. No weights may refer to its tensors. */
QUOIN_API void quoin_model_release(quoin_model *model);

/* Number of tensors. Any thread. */
QUOIN_API size_t quoin_model_tensor_count(const quoin_model *model);

/* Tensor `index`, null when out of range. Owned by the model. Any thread. */
QUOIN_API const quoin_tensor *quoin_model_tensor(const quoin_model *model, size_t index);

/* Tensor of a name. Its data is what quoin_stream takes; whether type and extents are those of the kernel's format is
 * for the caller to check, bytes are checked when weights are made. Owned by the model. Any thread. */
QUOIN_API quoin_status quoin_model_find_tensor(const quoin_model *model, const char *name, const quoin_tensor **out,
                                               quoin_error *error);

/* ---- multiplying ---- */

/* One call's operands; fields that a call does not use may be zero. All memory is the caller's, and outputs must not
 * overlap inputs. */
typedef struct quoin_call {
  int64_t m, n, k;
  const float *x; /* [m, k], row stride ldx >= k elements */
  int64_t ldx;
  void *xq; /* 64-byte aligned, of quoin_kernel_xq_bytes; written by quoin_quantize, read by quoin_matmul */
  size_t xq_bytes;
  const quoin_weights *weights;
  const float *bias; /* n floats or null */
  float *y;          /* [m, n], row stride ldy >= n elements; decode: W [n, k], ldy >= k */
  int64_t ldy;
  int64_t m_begin, m_end; /* quoin_quantize: the rows of X to do; 0 and m for all */
  int64_t n_begin,
      n_end;     /* quoin_matmul, quoin_decode: rows of W to do, multiples of panel_rows or n; 0 and n for all */
  void *scratch; /* 64-byte aligned, of quoin_kernel_scratch_bytes(parts) */
  size_t scratch_bytes;
  const quoin_launch *launch; /* null: on the calling thread */
} quoin_call;

/* Phase one: rows m_begin..m_end of X to codes, scales and sums at xq, or to floats of the activations' type. A row
 * with a NaN or an infinity gives NaN for its row of Y, with float activations NaN or infinities. Any thread; calls
 * that share xq must do different rows. */
QUOIN_API quoin_status quoin_quantize(const quoin_kernel *kernel, const quoin_call *call, quoin_error *error);

/* Phase two: columns n_begin..n_end of Y from xq and the weights. Where the kernel's numerics are exact, the bits of an
 * element depend on its row of X and its row of W alone; sums in f32 may be in another order for another M or range.
 * Any thread; calls that share y must do different rows of W and have scratch of their own. */
QUOIN_API quoin_status quoin_matmul(const quoin_kernel *kernel, const quoin_call *call, quoin_error *error);

/* W as f32 from its stored streams (as in quoin_weights_create_from_streams), rows n_begin..n_end, to y. Any thread. */
QUOIN_API quoin_status quoin_decode(const quoin_kernel *kernel, const quoin_call *call, const quoin_stream *streams,
                                    size_t stream_count, quoin_error *error);

#ifdef __cplusplus
}
#endif
#endif
