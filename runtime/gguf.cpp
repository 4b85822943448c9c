#include "runtime/gguf.h"

#include "runtime/text.h"

#include <algorithm>
#include <bit>
#include <concepts>
#include <optional>

namespace quoin {

namespace {

/// What ggml calls a type is a block of so many elements in so many bytes.
struct BlockSize {
  uint16_t elements, bytes; ///< none: a number that was never given out, or is no longer
};

constexpr BlockSize blockSizes[] = {
    {1, 4},    {1, 2},    {32, 18},   {32, 20},   {},         {},         {32, 22},   {32, 24},  {32, 34},
    {32, 36},  {256, 84}, {256, 110}, {256, 144}, {256, 176}, {256, 210}, {256, 292}, {256, 66}, {256, 74},
    {256, 98}, {256, 50}, {32, 18},   {256, 110}, {256, 82},  {256, 136}, {1, 1},     {1, 2},    {1, 4},
    {1, 8},    {1, 8},    {256, 56},  {1, 2},     {},         {},         {},         {256, 54}, {256, 66},
    {},        {},        {},         {32, 17},   {64, 36},   {128, 18},  {64, 18},
};

/// Bytes of metadata values by their type number; strings and arrays begin with lengths of their own.
constexpr uint8_t valueBytes[] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
enum ValueType : uint32_t { valueU32 = 4, valueBool = 7, valueString = 8, valueArray = 9 };

constexpr uint64_t leastMetadata = 8 + 1 + 4 + 1;   // length, a key of one byte, type, a value of one byte
constexpr uint64_t leastTensor = 8 + 1 + 4 + 4 + 8; // length, a name of one byte, rank 0, type, offset
constexpr uint64_t maxKey = 65535, maxName = 63, maxAlignment = 1 << 20;
constexpr std::string_view alignmentKey = "general.alignment";

/// A walk over the file. The first complaint is kept and ends every loop; numbers read after it are 0.
class GgufReader {
public:
  explicit GgufReader(std::span<const uint8_t> bytes) : bytes(bytes) {}
  Outcome<std::vector<GgufTensor>> read();

private:
  bool failed() const { return failure.has_value(); }
  uint64_t left() const { return bytes.size() - at; }
  uint64_t position(std::string_view text) const { return uint64_t(text.data() - chars()); }
  const char *chars() const { return reinterpret_cast<const char *>(bytes.data()); }
  void complain(uint64_t position, const std::string &what, const char *hint = "the file is damaged; get it again");
  std::string subject() const;

  template <std::unsigned_integral T> T number(const char *what);
  uint64_t count(const char *what, uint64_t leastBytes);
  std::string_view text(const char *what, uint64_t limit);
  std::string_view name(const char *what, uint64_t limit);
  void distinct(std::vector<std::string_view> names, const char *kind);

  void header();
  void metadata();
  void value(uint32_t type);
  void array();
  void boolean();
  void alignmentValue(uint32_t type);
  void tensors();
  GgufTensor tensor();
  uint64_t tensorBytes(const GgufTensor &tensor, uint64_t typeAt);
  void place();
  void keepApart();

  std::span<const uint8_t> bytes;
  uint64_t at = 0;
  std::optional<Failure> failure;
  // What is being read, for complaints: "tensor", its number, and its name once it is known.
  const char *kind = nullptr;
  uint64_t index = 0;
  std::string_view current;

  uint64_t tensorCount = 0, metadataCount = 0, alignment = 32;
  std::vector<GgufTensor> found;
  std::vector<std::pair<uint64_t, uint64_t>> ranges; ///< offset in the data and bytes, by tensor
};

} // namespace

std::string GgufReader::subject() const {
  if (!kind)
    return "the GGUF header";
  return std::string(kind) + " " + (current.empty() ? std::to_string(index) : inQuotes(current));
}

void GgufReader::complain(uint64_t position, const std::string &what, const char *hint) {
  if (!failure)
    failure = Failure{QUOIN_BAD_MODEL, {subject() + " at byte " + std::to_string(position) + " " + what, hint}};
}

/// A little-endian number at the front.
template <std::unsigned_integral T> T GgufReader::number(const char *what) {
  if (failed())
    return 0;
  if (left() < sizeof(T)) {
    complain(at, std::string("needs ") + std::to_string(sizeof(T)) + " bytes for " + what + ", the file has " +
                     std::to_string(left()) + " left");
    return 0;
  }
  T value = 0;
  for (size_t i = 0; i < sizeof(T); ++i)
    value |= T(T(bytes[at + i]) << (8 * i));
  at += sizeof(T);
  return value;
}

/// A count of things that take at least so many bytes each: a larger one than the file can hold is never used.
uint64_t GgufReader::count(const char *what, uint64_t leastBytes) {
  uint64_t start = at, value = number<uint64_t>(what);
  if (!failed() && value > left() / leastBytes) {
    complain(start, std::string("has ") + what + " of " + std::to_string(value) + ", the " + std::to_string(left()) +
                        " bytes after it hold at most " + std::to_string(left() / leastBytes));
    return 0;
  }
  return value;
}

std::string_view GgufReader::text(const char *what, uint64_t limit) {
  uint64_t start = at, length = number<uint64_t>(what);
  if (failed())
    return {};
  if (length > left()) {
    complain(start, std::string("has ") + what + " of " + std::to_string(length) + ", the file has " +
                        std::to_string(left()) + " bytes left");
    return {};
  }
  if (length > limit) {
    complain(start, std::string("has ") + what + " of " + std::to_string(length) + ", at most " +
                        std::to_string(limit) + " is legal");
    return {};
  }
  std::string_view value(chars() + at, length);
  if (size_t good = utf8Prefix(value); good != length)
    complain(at + good, std::string("has text that is no UTF-8 after ") + what);
  at += length;
  return value;
}

/// A text that something is called by.
std::string_view GgufReader::name(const char *what, uint64_t limit) {
  uint64_t start = at;
  std::string_view value = text(what, limit);
  if (!failed() && value.empty())
    complain(start, "has an empty name");
  if (size_t zero = value.find('\0'); !failed() && zero != std::string_view::npos)
    complain(start + 8 + zero, "has a name with a zero byte");
  return value;
}

void GgufReader::distinct(std::vector<std::string_view> names, const char *what) {
  std::sort(names.begin(), names.end());
  auto twice = std::adjacent_find(names.begin(), names.end());
  if (failed() || twice == names.end())
    return;
  kind = what;
  current = *twice;
  complain(std::max(position(twice[0]), position(twice[1])), "is there twice");
}

void GgufReader::header() {
  static constexpr uint8_t magic[] = {'G', 'G', 'U', 'F'};
  if (bytes.size() < sizeof(magic) || !std::equal(std::begin(magic), std::end(magic), bytes.begin()))
    return complain(0, "is not there: the file does not begin with \"GGUF\"", "pass a GGUF file");
  at = sizeof(magic);
  uint32_t version = number<uint32_t>("the version");
  if (failed())
    return;
  if ((version & 0xffff) == 0 && version != 0)
    return complain(4, "has its version in big-endian order", "convert the file to little-endian");
  if (version != 2 && version != 3)
    return complain(4, "has version " + std::to_string(version) + ", known are 2 and 3",
                    "convert the model again with a tool of today");
  tensorCount = count("a tensor count", leastTensor);
  metadataCount = count("a metadata count", leastMetadata);
}

void GgufReader::boolean() {
  uint8_t value = number<uint8_t>("a truth value");
  if (value > 1)
    complain(at - 1, "has the truth value " + std::to_string(value) + ", legal are 0 and 1");
}

void GgufReader::array() {
  uint64_t start = at;
  uint32_t type = number<uint32_t>("an element type");
  if (failed())
    return;
  if (type == valueArray)
    return complain(start, "is an array of arrays, which no reader takes");
  if (type >= std::size(valueBytes))
    return complain(start, "is an array of type " + std::to_string(type) + ", known are 0 to 12");
  uint64_t each = type == valueString ? 8 : valueBytes[type];
  uint64_t elements = count("an element count", each);
  if (type != valueString && type != valueBool)
    at += elements * each; // count() saw that they are there
  else
    for (uint64_t i = 0; i < elements && !failed(); ++i)
      value(type);
}

/// Checks a value of metadata and leaves it behind.
void GgufReader::value(uint32_t type) {
  if (type == valueString)
    text("a string length", UINT64_MAX);
  else if (type == valueArray)
    array();
  else if (type == valueBool)
    boolean();
  else if (left() < valueBytes[type])
    complain(at, "needs " + std::to_string(valueBytes[type]) + " bytes for its value, the file has " +
                     std::to_string(left()) + " left");
  else
    at += valueBytes[type];
}

void GgufReader::alignmentValue(uint32_t type) {
  uint64_t start = at;
  if (type != valueU32)
    return complain(start - 4, "has the type " + std::to_string(type) + ", expected 4, which is u32");
  alignment = number<uint32_t>("the alignment");
  if (!failed() && (!std::has_single_bit(alignment) || alignment < 8 || alignment > maxAlignment))
    complain(start,
             "is " + std::to_string(alignment) + ", expected a power of two from 8 to " + std::to_string(maxAlignment));
}

void GgufReader::metadata() {
  std::vector<std::string_view> keys;
  kind = "metadata";
  for (index = 0; index < metadataCount && !failed(); ++index) {
    current = {};
    current = name("a key length", maxKey);
    uint64_t start = at;
    uint32_t type = number<uint32_t>("its type");
    if (!failed() && type >= std::size(valueBytes))
      complain(start, "has the type " + std::to_string(type) + ", known are 0 to 12");
    if (failed())
      return;
    if (current == alignmentKey)
      alignmentValue(type);
    else
      value(type);
    keys.push_back(current);
  }
  distinct(std::move(keys), "metadata");
}

/// Bytes that a tensor's type and extents need; 0 after a complaint.
uint64_t GgufReader::tensorBytes(const GgufTensor &tensor, uint64_t typeAt) {
  BlockSize block = tensor.type < std::size(blockSizes) ? blockSizes[tensor.type] : BlockSize{};
  if (block.elements == 0) {
    complain(typeAt, "has the type number " + std::to_string(tensor.type) + ", which ggml does not know",
             "a type that is no longer known must be quantized again");
    return 0;
  }
  uint64_t row = tensor.rank ? uint64_t(tensor.extents[0]) : 1;
  if (row % block.elements) {
    complain(typeAt, "has rows of " + std::to_string(row) + " elements, type number " + std::to_string(tensor.type) +
                         " has blocks of " + std::to_string(block.elements));
    return 0;
  }
  // Blocks first: elements times bytes could wrap where the result fits.
  uint64_t size = row / block.elements;
  bool fits = !__builtin_mul_overflow(size, uint64_t(block.bytes), &size);
  for (uint32_t i = 1; i < tensor.rank; ++i)
    fits = fits && !__builtin_mul_overflow(size, uint64_t(tensor.extents[i]), &size);
  if (!fits)
    complain(typeAt, "has extents whose size does not fit 64 bits");
  return fits ? size : 0;
}

GgufTensor GgufReader::tensor() {
  GgufTensor tensor;
  current = {};
  tensor.name = current = name("a name length", maxName);
  uint64_t start = at;
  tensor.rank = number<uint32_t>("its rank");
  if (tensor.rank > tensor.extents.size())
    complain(start, "has " + std::to_string(tensor.rank) + " extents, at most 4 are legal");
  for (uint32_t i = 0; i < tensor.rank && !failed(); ++i) {
    start = at;
    uint64_t extent = number<uint64_t>("an extent");
    if (!failed() && (extent == 0 || extent > uint64_t(INT64_MAX)))
      complain(start, "has extent " + std::to_string(i) + " = " + std::to_string(extent) +
                          ", expected 1 to 9223372036854775807");
    tensor.extents[i] = int64_t(extent);
  }
  start = at;
  tensor.type = number<uint32_t>("its type");
  uint64_t offset = number<uint64_t>("its offset");
  if (failed())
    return tensor;
  uint64_t size = tensorBytes(tensor, start);
  if (offset % alignment)
    complain(start + 4,
             "has offset " + std::to_string(offset) + ", expected a multiple of " + std::to_string(alignment));
  ranges.emplace_back(offset, size);
  return tensor;
}

void GgufReader::tensors() {
  std::vector<std::string_view> names;
  kind = "tensor";
  for (index = 0; index < tensorCount && !failed(); ++index) {
    found.push_back(tensor());
    names.push_back(found.back().name);
  }
  distinct(std::move(names), "tensor");
}

/// Gives every tensor its bytes.
void GgufReader::place() {
  uint64_t start = 0; // of the data, which begins at the next multiple of the alignment
  bool fits = !__builtin_add_overflow(at, alignment - 1, &start);
  start = start / alignment * alignment;
  for (size_t i = 0; i < found.size() && !failed(); ++i) {
    auto [offset, size] = ranges[i];
    uint64_t begin = 0, end = 0;
    current = found[i].name;
    if (!fits || __builtin_add_overflow(start, offset, &begin) || __builtin_add_overflow(begin, size, &end) ||
        end > bytes.size())
      complain(position(current), "has offset " + std::to_string(offset) + " and " + std::to_string(size) +
                                      " bytes after byte " + std::to_string(start) + ", the file has " +
                                      std::to_string(bytes.size()));
    else
      found[i].data = bytes.subspan(begin, size);
  }
}

void GgufReader::keepApart() {
  std::vector<const GgufTensor *> order;
  for (const GgufTensor &tensor : found)
    order.push_back(&tensor);
  std::sort(order.begin(), order.end(), [](auto *a, auto *b) { return a->data.data() < b->data.data(); });
  for (size_t i = 1; i < order.size() && !failed(); ++i) {
    std::span<const uint8_t> before = order[i - 1]->data, data = order[i]->data;
    current = order[i]->name;
    if (before.data() + before.size() > data.data())
      complain(uint64_t(data.data() - bytes.data()), "overlaps tensor " + inQuotes(order[i - 1]->name));
  }
}

Outcome<std::vector<GgufTensor>> GgufReader::read() {
  for (auto step :
       {&GgufReader::header, &GgufReader::metadata, &GgufReader::tensors, &GgufReader::place, &GgufReader::keepApart})
    if (!failed())
      (this->*step)();
  if (failed())
    return std::unexpected(*failure);
  return std::move(found);
}

Outcome<std::vector<GgufTensor>> parseGguf(std::span<const uint8_t> bytes) { return GgufReader(bytes).read(); }

} // namespace quoin
