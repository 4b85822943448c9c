// A tensor of a GGUF file as the one stream of a format.
#include "runtime/gguf.h"
#include "runtime/text.h"
#include "tools/run/Command.h"
#include "tools/run/ModelInput.h"

#include <fmt/format.h>

#include <algorithm>

namespace quoin {

static constexpr const char *identity = "gguf"; // what formats call their type number in such files

/// Names a tensor or two that would do.
static std::string suggestion(const std::vector<GgufTensor> &tensors, int64_t type) {
  std::string names;
  size_t count = 0;
  for (const GgufTensor &tensor : tensors)
    if (tensor.type == type && tensor.rank == 2 && ++count <= 2)
      names += (names.empty() ? " as " : ", ") + inQuotes(tensor.name);
  return fmt::format("of its {} tensors {} are matrices of type number {}{}", tensors.size(), count, type, names);
}

static Outcome<spec::Shape> matrixShape(const GgufTensor &tensor) {
  for (uint32_t i = 2; i < tensor.rank; ++i)
    if (tensor.extents[i] != 1)
      return userError(
          fmt::format("tensor {} has {} extents, expected a matrix", inQuotes(tensor.name), tensor.rank),
          "stacks are not taken apart: write one matrix's bytes to a file, and give --weights FILE --shape=N,K");
  return spec::Shape{tensor.rank > 1 ? tensor.extents[1] : 1, tensor.rank > 0 ? tensor.extents[0] : 1};
}

Outcome<ModelStreams> readGgufTensor(const ModelInput &input, const spec::Format &format) {
  auto type = format.identity.find(identity);
  if (type == format.identity.end() || format.streams.size() != 1)
    return userError(fmt::format("format \"{}\" is not said to be any type of GGUF files", format.name),
                     "its text says it by \"attributes {gguf = NUMBER}\", and it has one stream");
  auto file = MappedFile::open(input.path);
  if (!file)
    return std::unexpected(file.error());
  const std::string where = "\"" + input.path + "\"";
  auto tensors = parseGguf(file->bytes());
  if (!tensors)
    return located(where, tensors.error().error);
  auto found =
      std::find_if(tensors->begin(), tensors->end(), [&](auto &tensor) { return tensor.name == input.tensor; });
  if (found == tensors->end())
    return userError(fmt::format("{} has no tensor {}", where, inQuotes(input.tensor)),
                     suggestion(*tensors, type->second));
  if (found->type != type->second)
    return userError(fmt::format("{}: tensor {} has the type number {}, format \"{}\" has {}", where,
                                 inQuotes(found->name), found->type, format.name, type->second),
                     suggestion(*tensors, type->second));
  auto shape = matrixShape(*found);
  if (!shape)
    return located(where, shape.error().error);
  return ModelStreams{std::move(*file), {{format.streams[0].name, found->data}}, *shape};
}

} // namespace quoin
