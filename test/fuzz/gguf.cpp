#include "runtime/gguf.h"
#include "Require.h"

#include <set>

using namespace quoin;
using namespace quoin::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  std::span<const uint8_t> file(bytes, size);
  auto tensors = parseGguf(file);
  if (!tensors) {
    requireSentence(tensors.error());
    return 0;
  }
  std::set<std::string_view> names;
  std::set<const uint8_t *> places;
  for (const GgufTensor &tensor : *tensors) {
    requireInside(tensor.data, file);
    require(!tensor.name.empty() && tensor.name.size() < 64 && names.insert(tensor.name).second);
    require(!tensor.data.empty() && places.insert(tensor.data.data()).second);
    require(tensor.rank <= 4);
    for (uint32_t i = 0; i < tensor.rank; ++i)
      require(tensor.extents[i] >= 1);
  }
  return 0;
}
