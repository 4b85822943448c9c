#include "runtime/npy.h"
#include "Require.h"

using namespace quoin;
using namespace quoin::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  auto array = parseNpy({bytes, size});
  if (!array) {
    requireSentence(array.error());
    return 0;
  }
  require(array->data.size() < size && array->shape.size() <= 8);
  size_t elements = 1;
  for (int64_t extent : array->shape)
    elements *= size_t(extent);
  require(elements == 0 ? array->data.empty() : array->data.size() % elements == 0);
  return 0;
}
