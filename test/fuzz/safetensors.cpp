#include "runtime/safetensors.h"
#include "Require.h"

#include <set>

using namespace quoin;
using namespace quoin::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  std::span<const uint8_t> file(bytes, size);
  auto tensors = parseSafetensors(file);
  if (!tensors) {
    requireSentence(tensors.error());
    return 0;
  }
  std::set<std::string_view> names;
  const uint8_t *end = nullptr;
  for (const SafetensorsTensor &tensor : *tensors) {
    requireInside(tensor.data, file);
    require(names.insert(tensor.name).second);
    require(!end || tensor.data.data() == end);
    end = tensor.data.data() + tensor.data.size();
    unsigned __int128 bits = tensor.type->bits;
    for (int64_t extent : tensor.extents) {
      require(extent >= 0);
      bits *= uint64_t(extent); // at most a file of 2^64 bits, unless a later extent is 0
      if (bits > (unsigned __int128)1 << 64)
        return 0;
    }
    require(bits == (unsigned __int128)tensor.data.size() * 8);
  }
  require(!end || end == bytes + size);
  return 0;
}
