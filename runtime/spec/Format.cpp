#include "runtime/spec/Format.h"

namespace quoin::spec {

const Stream *Format::findStream(std::string_view streamName) const {
  for (const Stream &stream : streams)
    if (stream.name == streamName)
      return &stream;
  return nullptr;
}

const Field *Format::findField(std::string_view fieldName) const {
  for (const Field &field : fields)
    if (field.name == fieldName)
      return &field;
  return nullptr;
}

} // namespace quoin::spec
