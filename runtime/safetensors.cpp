#include "runtime/safetensors.h"

#include "runtime/text.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

namespace quoin {

namespace {

constexpr uint64_t lengthBytes = 8, maxHeader = 100'000'000; // as the format's own library has it

constexpr SafetensorsType types[] = {
    {"BOOL", 8, ""},
    {"U8", 8, "ui8"},
    {"I8", 8, "si8"},
    {"U16", 16, "ui16"},
    {"I16", 16, "si16"},
    {"U32", 32, "ui32"},
    {"I32", 32, "si32"},
    {"U64", 64, ""},
    {"I64", 64, ""},
    {"F16", 16, "f16"},
    {"BF16", 16, "bf16"},
    {"F32", 32, "f32"},
    {"F64", 64, ""},
    {"C64", 64, ""},
    {"F8_E4M3", 8, "f8E4M3FN"},
    {"F8_E5M2", 8, "f8E5M2"},
    {"F8_E8M0", 8, "f8E8M0FNU"},
    {"F8_E4M3FNUZ", 8, "f8E4M3FNUZ"},
    {"F8_E5M2FNUZ", 8, "f8E5M2FNUZ"},
    {"F6_E2M3", 6, "f6E2M3FN"},
    {"F6_E3M2", 6, "f6E3M2FN"},
    {"F4", 4, "f4E2M1FN"},
};

std::unexpected<Failure> bad(std::string message, const char *hint = "the file is damaged; get it again") {
  return failWith(QUOIN_BAD_MODEL, std::move(message), hint);
}

/// A tensor with its range in the data as the header gives it.
struct Entry {
  SafetensorsTensor tensor;
  uint64_t begin = 0, end = 0;
};

/// Takes the header's JSON as it is read: what has no place in a header ends the reading at once, so that depth and
/// memory stay small. The first complaint is kept.
class HeaderEvents : public nlohmann::json_sax<nlohmann::json> {
public:
  std::vector<Entry> entries;
  std::optional<Failure> failure;

  bool null() override { return refuse("null"); }
  bool boolean(bool) override { return refuse("a truth value"); }
  bool number_integer(int64_t value) override { return refuse("the number " + std::to_string(value)); }
  bool number_float(double, const std::string &) override { return refuse("a number that is no integer"); }
  bool number_unsigned(uint64_t value) override;
  bool string(std::string &value) override;
  bool binary(nlohmann::json::binary_t &) override { return refuse("binary data"); } // no JSON text has any
  bool start_object(size_t) override;
  bool key(std::string &name) override;
  bool end_object() override;
  bool start_array(size_t) override;
  bool end_array() override;
  bool parse_error(size_t position, const std::string &, const nlohmann::json::exception &) override;

private:
  /// Where in the header's one possible shape the next event belongs.
  enum class Place {
    Start,
    Header,
    Entry,
    MetadataObject,
    Metadata,
    MetadataValue,
    Tensor,
    Type,
    Shape,
    InShape,
    Offsets,
    InOffsets
  };

  bool complain(const std::string &what);
  bool refuse(const std::string &found);
  bool tensorKey(const std::string &name);
  bool endTensor();

  Place place = Place::Start;
  std::vector<std::string> metadataKeys;
  bool hasMetadata = false, hasType = false, hasShape = false;
  size_t offsets = 0;
  bool hasOffsets = false;
};

} // namespace

bool HeaderEvents::complain(const std::string &what) {
  bool inTensor = place >= Place::Tensor || place == Place::Entry;
  failure = bad((inTensor ? "tensor " + inQuotes(entries.back().tensor.name) : std::string("the header")) + " " + what)
                .error();
  return false;
}

/// Something that is not what this place needs.
bool HeaderEvents::refuse(const std::string &found) {
  switch (place) {
  case Place::Start:
  case Place::Header:
    return complain("is " + found + ", expected an object of tensors");
  case Place::MetadataObject:
  case Place::Metadata:
  case Place::MetadataValue:
    return complain("has " + found + " in \"__metadata__\", expected an object of strings");
  case Place::Entry:
  case Place::Tensor:
    return complain("is " + found + ", expected an object with \"dtype\", \"shape\" and \"data_offsets\"");
  case Place::Type:
    return complain("has " + found + " as \"dtype\", expected a string");
  case Place::Shape:
  case Place::InShape:
    return complain("has " + found + " in \"shape\", expected an array of integers from 0 to 9223372036854775807");
  case Place::Offsets:
  case Place::InOffsets:
    break;
  }
  return complain("has " + found + " in \"data_offsets\", expected an array of two integers from 0");
}

bool HeaderEvents::number_unsigned(uint64_t value) {
  bool isOffset = place == Place::InOffsets && offsets < 2;
  if (!isOffset && (place != Place::InShape || value > uint64_t(INT64_MAX)))
    return refuse("the number " + std::to_string(value));
  Entry &entry = entries.back();
  if (place == Place::InShape)
    entry.tensor.extents.push_back(int64_t(value));
  else
    (offsets++ ? entry.end : entry.begin) = value;
  return true;
}

bool HeaderEvents::string(std::string &value) {
  if (place == Place::MetadataValue) {
    place = Place::Metadata;
    return true;
  }
  if (place != Place::Type)
    return refuse("a string");
  auto known = std::find_if(std::begin(types), std::end(types), [&](auto &type) { return value == type.name; });
  if (known == std::end(types))
    return complain("has the unknown type " + inQuotes(value));
  entries.back().tensor.type = known;
  place = Place::Tensor;
  return true;
}

bool HeaderEvents::start_object(size_t) {
  if (place == Place::Start)
    place = Place::Header;
  else if (place == Place::MetadataObject)
    hasMetadata = true, place = Place::Metadata;
  else if (place == Place::Entry)
    place = Place::Tensor, hasType = hasShape = hasOffsets = false;
  else
    return refuse("an object");
  return true;
}

bool HeaderEvents::start_array(size_t) {
  if (place == Place::Shape)
    place = Place::InShape;
  else if (place == Place::Offsets)
    place = Place::InOffsets, offsets = 0;
  else
    return refuse("an array");
  return true;
}

bool HeaderEvents::end_array() {
  if (place == Place::InOffsets && offsets != 2)
    return complain("has " + std::to_string(offsets) + " numbers in \"data_offsets\", expected two");
  place = Place::Tensor;
  return true;
}

bool HeaderEvents::tensorKey(const std::string &name) {
  struct Part {
    const char *name;
    bool &seen;
    Place next;
  };
  for (Part part : {Part{"dtype", hasType, Place::Type},
                    {"shape", hasShape, Place::Shape},
                    {"data_offsets", hasOffsets, Place::Offsets}}) {
    if (name != part.name)
      continue;
    if (part.seen)
      return complain("has \"" + name + "\" twice");
    part.seen = true;
    place = part.next;
    return true;
  }
  return complain("has the unknown key " + inQuotes(name));
}

bool HeaderEvents::key(std::string &name) {
  if (place == Place::Tensor)
    return tensorKey(name);
  if (place == Place::Metadata) {
    metadataKeys.push_back(name);
    place = Place::MetadataValue;
    return true;
  }
  if (name == "__metadata__") {
    if (hasMetadata)
      return complain("has \"__metadata__\" twice");
    place = Place::MetadataObject;
    return true;
  }
  if (name.find('\0') != std::string::npos)
    return complain("has a tensor " + inQuotes(name) + " with a zero byte in its name");
  entries.emplace_back();
  entries.back().tensor.name = std::move(name);
  place = Place::Entry;
  return true;
}

bool HeaderEvents::endTensor() {
  for (auto [has, name] : {std::pair(hasType, "dtype"), {hasShape, "shape"}, {hasOffsets, "data_offsets"}})
    if (!has)
      return complain(std::string("lacks \"") + name + "\"");
  return true;
}

bool HeaderEvents::end_object() {
  if (place == Place::Tensor && !endTensor())
    return false;
  if (place == Place::Metadata) {
    std::sort(metadataKeys.begin(), metadataKeys.end());
    auto twice = std::adjacent_find(metadataKeys.begin(), metadataKeys.end());
    if (twice != metadataKeys.end())
      return complain("has the key " + inQuotes(*twice) + " twice in \"__metadata__\"");
  }
  place = Place::Header; // or the end, after which there are no more events
  return true;
}

bool HeaderEvents::parse_error(size_t position, const std::string &, const nlohmann::json::exception &) {
  // The library counts what it has read, the byte that it did not like and the end included.
  failure = bad("the header is no JSON at byte " + std::to_string(lengthBytes + position - 1)).error();
  return false;
}

/// The header's JSON text, of which only the encoding is known to be right.
static Outcome<std::string_view> headerText(std::span<const uint8_t> bytes) {
  if (bytes.size() < lengthBytes)
    return bad("the file has " + std::to_string(bytes.size()) + " bytes, the length of the header alone takes 8",
               "pass a safetensors file");
  uint64_t length = 0;
  for (size_t i = 0; i < lengthBytes; ++i)
    length |= uint64_t(bytes[i]) << (8 * i);
  if (length > maxHeader)
    return bad("the header has " + std::to_string(length) + " bytes by its length, at most " +
               std::to_string(maxHeader) + " are legal");
  uint64_t left = bytes.size() - lengthBytes;
  if (length > left)
    return bad("the header has " + std::to_string(length) + " bytes by its length, the file has " +
               std::to_string(left) + " after it");
  std::string_view text(reinterpret_cast<const char *>(bytes.data()) + lengthBytes, length);
  if (text.empty() || text.front() != '{')
    return bad("the header does not begin with \"{\" at byte 8", "pass a safetensors file");
  if (size_t good = utf8Prefix(text); good != text.size())
    return bad("the header is no UTF-8 at byte " + std::to_string(lengthBytes + good));
  // The JSON library takes a zero for the end of the text.
  if (size_t zero = text.find('\0'); zero != std::string_view::npos)
    return bad("the header has a zero byte at byte " + std::to_string(lengthBytes + zero));
  return text;
}

static Outcome<void> keepNamesApart(const std::vector<Entry> &entries) {
  std::vector<std::string_view> names;
  for (const Entry &entry : entries)
    names.push_back(entry.tensor.name);
  std::sort(names.begin(), names.end());
  auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice != names.end())
    return bad("tensor " + inQuotes(*twice) + " is there twice");
  return {};
}

/// Type and extents against the range.
static Outcome<void> checkSize(const Entry &entry) {
  uint64_t bits = entry.tensor.type->bits;
  bool fits = true, none = false;
  for (int64_t extent : entry.tensor.extents) {
    none = none || extent == 0;
    fits = fits && !__builtin_mul_overflow(bits, uint64_t(extent), &bits);
  }
  std::string tensor = "tensor " + inQuotes(entry.tensor.name);
  if (!fits && !none)
    return bad(tensor + " has a shape whose size does not fit 64 bits");
  bits = none ? 0 : bits;
  if (bits % 8)
    return bad(tensor + " of type \"" + entry.tensor.type->name + "\" has " + std::to_string(bits) +
               " bits, expected whole bytes");
  if (entry.begin > entry.end)
    return bad(tensor + " has data offsets from " + std::to_string(entry.begin) + " back to " +
               std::to_string(entry.end));
  if (entry.end - entry.begin != bits / 8)
    return bad(tensor + " has data offsets for " + std::to_string(entry.end - entry.begin) +
               " bytes, its type and shape need " + std::to_string(bits / 8));
  return {};
}

/// Gives every tensor its part of `data`, which they must cover in order.
static Outcome<void> place(std::vector<Entry> &entries, std::span<const uint8_t> data, uint64_t start) {
  std::sort(entries.begin(), entries.end(),
            [](const Entry &a, const Entry &b) { return std::pair(a.begin, a.end) < std::pair(b.begin, b.end); });
  uint64_t at = 0;
  for (Entry &entry : entries) {
    std::string tensor = "tensor " + inQuotes(entry.tensor.name);
    if (entry.end > data.size())
      return bad(tensor + " ends at " + std::to_string(entry.end) + " of the data, which has " +
                 std::to_string(data.size()) + " bytes from byte " + std::to_string(start) + " of the file");
    if (entry.begin != at)
      return bad(tensor + " begins at " + std::to_string(entry.begin) + " of the data, expected " + std::to_string(at) +
                 (entry.begin > at ? ": there is a hole before it" : ": it overlaps the one before"));
    at = entry.end;
    entry.tensor.data = data.subspan(entry.begin, entry.end - entry.begin);
  }
  if (at != data.size())
    return bad("the file has " + std::to_string(data.size() - at) + " bytes after its last tensor, from byte " +
               std::to_string(start + at));
  return {};
}

Outcome<std::vector<SafetensorsTensor>> parseSafetensors(std::span<const uint8_t> bytes) {
  auto text = headerText(bytes);
  if (!text)
    return std::unexpected(text.error());
  HeaderEvents events;
  nlohmann::json::sax_parse(*text, &events);
  if (events.failure)
    return std::unexpected(*events.failure);
  if (auto apart = keepNamesApart(events.entries); !apart)
    return std::unexpected(apart.error());
  for (const Entry &entry : events.entries)
    if (auto good = checkSize(entry); !good)
      return std::unexpected(good.error());
  uint64_t start = lengthBytes + text->size();
  if (auto placed = place(events.entries, bytes.subspan(start), start); !placed)
    return std::unexpected(placed.error());
  std::vector<SafetensorsTensor> tensors;
  for (Entry &entry : events.entries)
    tensors.push_back(std::move(entry.tensor));
  return tensors;
}

} // namespace quoin
