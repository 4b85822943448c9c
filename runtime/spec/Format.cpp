#include "runtime/spec/Format.h"

namespace quoin::spec {

const Stream *Format::findStream(std::string_view streamName) const {
  for (const Stream &stream : streams)
    if (stream.name == streamName)
      return &stream;
  return nullptr;
}

} // namespace quoin::spec
