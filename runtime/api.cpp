// The C border: checks for null, and calls the C++ beneath with no exception passing out.
#include "runtime/BundleFormat.h"
#include "runtime/bundle.h"
#include "runtime/call.h"
#include "runtime/kernel_sizes.h"
#include "runtime/launch.h"
#include "runtime/model.h"
#include "runtime/weights.h"

#include <algorithm>
#include <cstring>

using namespace quoin;

template <size_t size> static void copyText(char (&out)[size], std::string_view text) {
  size_t length = std::min(text.size(), size - 1);
  std::memcpy(out, text.data(), length);
  out[length] = 0;
}

quoin_status quoin::report(quoin_status status, std::string_view message, std::string_view hint,
                           quoin_error *error) noexcept {
  if (error) {
    error->status = status;
    copyText(error->message, message);
    copyText(error->hint, hint);
  }
  return status;
}

/// Refuses the first null among required pointers.
static Outcome<void> notNull(std::initializer_list<std::pair<const void *, const char *>> pointers) {
  for (auto [pointer, name] : pointers)
    if (!pointer)
      return failWith(QUOIN_INVALID_ARGUMENT, std::string("argument \"") + name + "\" is null", "pass it");
  return {};
}

/// Gives a value, or a failure, to the caller of the C function.
template <typename T, typename Out> static Outcome<void> give(Outcome<T> result, Out *out) {
  if (!result)
    return std::unexpected(result.error());
  if constexpr (requires { result->release(); })
    *out = result->release();
  else
    *out = *result;
  return {};
}

const char *quoin_version(void) { return QUOIN_VERSION; }

const char *quoin_status_name(quoin_status status) {
  switch (status) {
  case QUOIN_OK:
    return "ok";
  case QUOIN_INVALID_ARGUMENT:
    return "invalid argument";
  case QUOIN_IO_ERROR:
    return "input or output error";
  case QUOIN_BAD_BUNDLE:
    return "bad bundle";
  case QUOIN_BAD_PACKED:
    return "bad packed weights";
  case QUOIN_NOT_FOUND:
    return "not found";
  case QUOIN_UNSUPPORTED:
    return "unsupported on this machine";
  case QUOIN_BAD_SHAPE:
    return "bad shape";
  case QUOIN_OUT_OF_MEMORY:
    return "out of memory";
  case QUOIN_BAD_MODEL:
    return "bad model file";
  }
  return "unknown status";
}

static std::string_view chosenIsa(const quoin_load_options *options) {
  return options && options->isa ? options->isa : "";
}

quoin_status quoin_bundle_create_from_file(const char *path, const quoin_load_options *options, quoin_bundle **out,
                                           quoin_error *error) {
  return atBorder(error, [&]() -> Outcome<void> {
    if (auto good = notNull({{path, "path"}, {out, "out"}}); !good)
      return good;
    return give(loadBundleFile(path, chosenIsa(options)), out);
  });
}

quoin_status quoin_bundle_create_from_memory(const void *bytes, size_t size, const quoin_load_options *options,
                                             quoin_bundle **out, quoin_error *error) {
  return atBorder(error, [&]() -> Outcome<void> {
    if (auto good = notNull({{bytes, "bytes"}, {out, "out"}}); !good)
      return good;
    // A private copy: the bytes that were hashed are the bytes that are mapped, whatever another thread does.
    if (size > QUOIN_BUNDLE_MAX_BYTES)
      return failWith(QUOIN_BAD_BUNDLE,
                      "the bundle has " + std::to_string(size) + " bytes, more than the limit of " +
                          std::to_string(QUOIN_BUNDLE_MAX_BYTES),
                      "pass a bundle");
    const uint8_t *data = static_cast<const uint8_t *>(bytes);
    std::vector<uint8_t> copy(data, data + size);
    return give(loadBundle(copy, chosenIsa(options)), out);
  });
}

void quoin_bundle_release(quoin_bundle *bundle) { delete bundle; }

const char *quoin_bundle_manifest(const quoin_bundle *bundle, size_t *out_bytes) {
  if (out_bytes)
    *out_bytes = bundle ? bundle->manifestText.size() : 0;
  return bundle ? bundle->manifestText.c_str() : "";
}

size_t quoin_bundle_kernel_count(const quoin_bundle *bundle) { return bundle ? bundle->kernels.size() : 0; }

const quoin_kernel *quoin_bundle_kernel(const quoin_bundle *bundle, size_t index) {
  return index < quoin_bundle_kernel_count(bundle) ? &bundle->kernels[index] : nullptr;
}

quoin_status quoin_bundle_find_kernel(const quoin_bundle *bundle, const char *name, const quoin_kernel **out,
                                      quoin_error *error) {
  return atBorder(error, [&]() -> Outcome<void> {
    if (auto good = notNull({{bundle, "bundle"}, {name, "name"}, {out, "out"}}); !good)
      return good;
    return give(findKernel(*bundle, name), out);
  });
}

void quoin_kernel_get_info(const quoin_kernel *kernel, quoin_kernel_info *out) {
  if (!out)
    return;
  *out = quoin_kernel_info{};
  if (!kernel)
    return;
  const ManifestKernel &manifest = *kernel->manifest;
  out->name = manifest.name.c_str();
  out->op = manifest.op.c_str();
  out->format = manifest.format.c_str();
  out->activations = manifest.activations.c_str();
  out->layout = manifest.layout.c_str();
  out->layout_id = manifest.layoutId.c_str();
  out->isa = kernel->image ? kernel->image->isa.c_str() : nullptr;
  out->streams = kernel->streamNames.data();
  out->stream_count = kernel->streamNames.size();
  out->k_multiple = manifest.kMultiple;
  out->n_multiple = manifest.nMultiple;
  out->panel_rows = manifest.panelRows;
  out->group = manifest.group;
  out->x_group = manifest.xGroup;
}

quoin_status quoin_kernel_packed_bytes(const quoin_kernel *kernel, int64_t n, int64_t k, size_t *out_bytes,
                                       quoin_error *error) {
  return atBorder(error, [&]() -> Outcome<void> {
    if (auto good = notNull({{kernel, "kernel"}, {out_bytes, "out_bytes"}}); !good)
      return good;
    return give(packedBytes(*kernel->manifest, n, k), out_bytes);
  });
}

quoin_status quoin_kernel_xq_bytes(const quoin_kernel *kernel, int64_t m, int64_t k, size_t *out_bytes,
                                   quoin_error *error) {
  return atBorder(error, [&]() -> Outcome<void> {
    if (auto good = notNull({{kernel, "kernel"}, {out_bytes, "out_bytes"}}); !good)
      return good;
    return give(xqBytes(*kernel->manifest, m, k), out_bytes);
  });
}

quoin_status quoin_kernel_scratch_bytes(const quoin_kernel *kernel, int64_t parts, size_t *out_bytes,
                                        quoin_error *error) {
  return atBorder(error, [&]() -> Outcome<void> {
    if (auto good = notNull({{kernel, "kernel"}, {out_bytes, "out_bytes"}}); !good)
      return good;
    return give(scratchBytes(*kernel->manifest, parts), out_bytes);
  });
}

quoin_status quoin_pool_create(int threads, int pin, quoin_pool **out, quoin_error *error) {
  return atBorder(error, [&]() -> Outcome<void> {
    if (auto good = notNull({{out, "out"}}); !good)
      return good;
    if (threads < 1 || threads > 1024)
      return failWith(QUOIN_INVALID_ARGUMENT, std::to_string(threads) + " threads cannot be", "pass 1 to 1024");
    *out = new quoin_pool(threads, pin != 0);
    return {};
  });
}

void quoin_pool_release(quoin_pool *pool) { delete pool; }

quoin_launch quoin_pool_launch(quoin_pool *pool) {
  if (!pool)
    return quoin_launch{nullptr, nullptr, 1};
  return quoin_launch{quoin_pool::parallelFor, pool, pool->threads};
}

quoin_status quoin_weights_create_from_streams(const quoin_kernel *kernel, int64_t n, int64_t k,
                                               const quoin_stream *streams, size_t stream_count,
                                               const quoin_launch *launch, quoin_weights **out, quoin_error *error) {
  return atBorder(error, [&]() -> Outcome<void> {
    if (auto good = notNull({{kernel, "kernel"}, {streams, "streams"}, {out, "out"}}); !good)
      return good;
    return give(packWeights(*kernel, n, k, {streams, stream_count}, launch), out);
  });
}

quoin_status quoin_weights_create_from_file(const quoin_kernel *kernel, const char *path, quoin_weights **out,
                                            quoin_error *error) {
  return atBorder(error, [&]() -> Outcome<void> {
    if (auto good = notNull({{kernel, "kernel"}, {path, "path"}, {out, "out"}}); !good)
      return good;
    return give(readWeightsFile(*kernel, path), out);
  });
}

quoin_status quoin_weights_create_from_memory(const quoin_kernel *kernel, const void *bytes, size_t size,
                                              quoin_weights **out, quoin_error *error) {
  return atBorder(error, [&]() -> Outcome<void> {
    if (auto good = notNull({{kernel, "kernel"}, {bytes, "bytes"}, {out, "out"}}); !good)
      return good;
    return give(readWeights(*kernel, {static_cast<const uint8_t *>(bytes), size}), out);
  });
}

quoin_status quoin_weights_create_view(const quoin_kernel *kernel, int64_t n, int64_t k, const void *packed,
                                       size_t bytes, quoin_weights **out, quoin_error *error) {
  return atBorder(error, [&]() -> Outcome<void> {
    if (auto good = notNull({{kernel, "kernel"}, {out, "out"}}); !good)
      return good;
    return give(viewWeights(*kernel, n, k, packed, bytes), out);
  });
}

void quoin_weights_release(quoin_weights *weights) { delete weights; }

quoin_status quoin_weights_save(const quoin_weights *weights, const char *path, quoin_error *error) {
  return atBorder(error, [&]() -> Outcome<void> {
    if (auto good = notNull({{weights, "weights"}, {path, "path"}}); !good)
      return good;
    return saveWeights(*weights, path);
  });
}

const void *quoin_weights_data(const quoin_weights *weights, size_t *out_bytes, int64_t *out_n, int64_t *out_k) {
  if (out_bytes)
    *out_bytes = weights ? weights->bytes : 0;
  if (out_n)
    *out_n = weights ? weights->n : 0;
  if (out_k)
    *out_k = weights ? weights->k : 0;
  return weights ? weights->data : nullptr;
}

quoin_status quoin_weights_unpack(const quoin_kernel *kernel, const quoin_weights *weights, void *const *data,
                                  size_t stream_count, quoin_error *error) {
  return atBorder(error, [&]() -> Outcome<void> {
    if (auto good = notNull({{kernel, "kernel"}, {weights, "weights"}, {data, "data"}}); !good)
      return good;
    return unpackWeights(*kernel, *weights, {data, stream_count});
  });
}

quoin_status quoin_model_create_from_file(const char *path, quoin_model **out, quoin_error *error) {
  return atBorder(error, [&]() -> Outcome<void> {
    if (auto good = notNull({{path, "path"}, {out, "out"}}); !good)
      return good;
    return give(openModel(path), out);
  });
}

void quoin_model_release(quoin_model *model) { delete model; }

size_t quoin_model_tensor_count(const quoin_model *model) { return model ? model->tensors.size() : 0; }

const quoin_tensor *quoin_model_tensor(const quoin_model *model, size_t index) {
  return index < quoin_model_tensor_count(model) ? &model->tensors[index] : nullptr;
}

quoin_status quoin_model_find_tensor(const quoin_model *model, const char *name, const quoin_tensor **out,
                                     quoin_error *error) {
  return atBorder(error, [&]() -> Outcome<void> {
    if (auto good = notNull({{model, "model"}, {name, "name"}, {out, "out"}}); !good)
      return good;
    return give(findTensor(*model, name), out);
  });
}

quoin_status quoin_quantize(const quoin_kernel *kernel, const quoin_call *call, quoin_error *error) {
  return atBorder(error, [&]() -> Outcome<void> {
    if (auto good = notNull({{kernel, "kernel"}, {call, "call"}}); !good)
      return good;
    return quantize(*kernel, *call);
  });
}

quoin_status quoin_matmul(const quoin_kernel *kernel, const quoin_call *call, quoin_error *error) {
  return atBorder(error, [&]() -> Outcome<void> {
    if (auto good = notNull({{kernel, "kernel"}, {call, "call"}}); !good)
      return good;
    return matmul(*kernel, *call);
  });
}

quoin_status quoin_decode(const quoin_kernel *kernel, const quoin_call *call, const quoin_stream *streams,
                          size_t stream_count, quoin_error *error) {
  return atBorder(error, [&]() -> Outcome<void> {
    if (auto good = notNull({{kernel, "kernel"}, {call, "call"}, {streams, "streams"}}); !good)
      return good;
    return decode(*kernel, *call, {streams, stream_count});
  });
}
