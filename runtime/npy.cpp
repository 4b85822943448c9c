#include "runtime/npy.h"

#include "runtime/file.h"
#include "runtime/spec/StreamShapes.h"
#include "runtime/text.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>

namespace quoin {

static constexpr std::string_view magic = "\x93NUMPY";
static constexpr size_t maxExtents = 8;

static std::unexpected<Failure> badNpy(std::string message, std::string hint = "save it again with numpy.save") {
  return failWith(QUOIN_INVALID_ARGUMENT, "the .npy file " + message, std::move(hint));
}

bool isNpy(std::span<const uint8_t> bytes) {
  return bytes.size() >= magic.size() && std::memcmp(bytes.data(), magic.data(), magic.size()) == 0;
}

/// Bytes of one element, or 0 for a type that is not read.
static size_t elementBytes(std::string_view dtype) {
  for (std::string_view one : {"|u1", "|i1", "|b1", "|V1", "<V1"})
    if (dtype == one)
      return 1;
  for (std::string_view two : {"<u2", "<i2", "<f2", "|V2", "<V2"})
    if (dtype == two)
      return 2;
  for (std::string_view four : {"<u4", "<i4", "<f4"})
    if (dtype == four)
      return 4;
  return 0;
}

/// The header is a Python dictionary literal of three known keys; this reads that and nothing more. What reads gives
/// false after the first complaint, which is kept.
class HeaderReader {
public:
  /// `start`: where in the file the text begins.
  HeaderReader(std::string_view text, size_t start) : text(text), end(start + text.size()) {}

  bool read(NpyArray &out, bool &fortran);

  std::string problem;

private:
  bool complain(std::string what) {
    problem = std::move(what);
    return false;
  }
  size_t at() const { return end - text.size(); }
  std::string atByte() const { return " at byte " + std::to_string(at()); }
  bool expected(const char *what) {
    std::string found = text.empty() ? "the end of its header" : inQuotes(text.substr(0, 1));
    return complain("has " + found + atByte() + ", expected " + what);
  }
  char peek() {
    text.remove_prefix(std::min(text.find_first_not_of(" \n\t"), text.size()));
    return text.empty() ? '\0' : text.front();
  }
  bool take(char c) {
    if (peek() != c || text.empty())
      return false;
    text.remove_prefix(1);
    return true;
  }
  std::optional<std::string_view> string();
  bool readPart(std::string_view key, NpyArray &out, bool &fortran);
  bool readType(std::string &out);
  bool readBool(bool &out);
  bool readShape(std::vector<int64_t> &out);
  bool readExtent(int64_t &value);

  std::string_view text; ///< what is left of it
  size_t end;
  bool descr = false, order = false, shape = false;
};

std::optional<std::string_view> HeaderReader::string() {
  char quote = peek();
  if ((quote != '\'' && quote != '"') || !take(quote)) {
    expected("a string");
    return {};
  }
  size_t length = text.find(quote);
  if (length == std::string_view::npos) {
    complain("has a string without end" + atByte());
    return {};
  }
  std::string_view value = text.substr(0, length);
  text.remove_prefix(length + 1);
  return value;
}

bool HeaderReader::readType(std::string &out) {
  std::optional<std::string_view> value = string();
  out = value.value_or("");
  return value.has_value();
}

bool HeaderReader::readBool(bool &out) {
  peek();
  for (auto [word, value] : {std::pair{"True", true}, {"False", false}})
    if (text.starts_with(word)) {
      text.remove_prefix(std::strlen(word));
      out = value;
      return true;
    }
  return expected("True or False");
}

bool HeaderReader::readExtent(int64_t &value) {
  if (peek() < '0' || peek() > '9')
    return expected("an extent");
  value = 0;
  for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1))
    if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, text.front() - '0', &value))
      return complain("has an extent" + atByte() + " that does not fit 63 bits");
  return true;
}

bool HeaderReader::readShape(std::vector<int64_t> &out) {
  if (!take('('))
    return expected("\"(\"");
  while (!take(')')) {
    if (out.size() == maxExtents)
      return complain("has more than " + std::to_string(maxExtents) + " extents");
    int64_t value = 0;
    if (!readExtent(value))
      return false;
    out.push_back(value);
    if (!take(',') && peek() != ')')
      return expected("\",\" or \")\"");
  }
  return true;
}

bool HeaderReader::readPart(std::string_view key, NpyArray &out, bool &fortran) {
  bool *seen = key == "descr" ? &descr : key == "fortran_order" ? &order : key == "shape" ? &shape : nullptr;
  if (!seen)
    return complain("has the unknown key " + inQuotes(key) + " before byte " + std::to_string(at()));
  if (*seen)
    return complain("has the key " + inQuotes(key) + " twice, again before byte " + std::to_string(at()));
  *seen = true;
  if (!take(':'))
    return expected("\":\"");
  return seen == &descr ? readType(out.dtype) : seen == &order ? readBool(fortran) : readShape(out.shape);
}

bool HeaderReader::read(NpyArray &out, bool &fortran) {
  if (!take('{'))
    return expected("\"{\"");
  while (!take('}')) {
    std::optional<std::string_view> key = string();
    if (!key || !readPart(*key, out, fortran))
      return false;
    if (!take(',') && peek() != '}')
      return expected("\",\" or \"}\"");
  }
  for (auto [seen, key] : {std::pair(descr, "descr"), {order, "fortran_order"}, {shape, "shape"}})
    if (!seen)
      return complain(std::string("lacks the key \"") + key + "\"");
  peek();
  return text.empty() || expected("the end of its header");
}

Outcome<NpyArray> parseNpy(std::span<const uint8_t> bytes) {
  if (!isNpy(bytes))
    return badNpy("does not begin as .npy files do");
  uint8_t version = bytes.size() > 6 ? bytes[6] : 1;
  size_t lengthBytes = version == 1 ? 2 : 4, start = 8 + lengthBytes;
  if (version < 1 || version > 3)
    return badNpy("has version " + std::to_string(version) + ", known are 1 to 3");
  if (bytes.size() > 7 && bytes[7] != 0)
    return badNpy("has version " + std::to_string(version) + "." + std::to_string(bytes[7]) + ", known are 1.0 to 3.0");
  if (bytes.size() < start)
    return badNpy("ends inside the length of its header, at byte " + std::to_string(bytes.size()));
  uint32_t length = 0;
  for (size_t i = 0; i < lengthBytes; ++i)
    length |= uint32_t(bytes[8 + i]) << (8 * i);
  if (length > bytes.size() - start)
    return badNpy("has a header of " + std::to_string(length) + " bytes by its length, after which are " +
                  std::to_string(bytes.size() - start));
  NpyArray array;
  bool fortran = false;
  HeaderReader header({reinterpret_cast<const char *>(bytes.data()) + start, length}, start);
  if (!header.read(array, fortran))
    return badNpy(header.problem);
  if (fortran)
    return badNpy("is in Fortran order", "save numpy.ascontiguousarray of it");
  size_t each = elementBytes(array.dtype);
  if (each == 0)
    return badNpy("has the type " + inQuotes(array.dtype), "use little-endian f2, f4 or integers of 1, 2 or 4 bytes");
  uint64_t total = each;
  for (int64_t extent : array.shape)
    if (__builtin_mul_overflow(total, uint64_t(extent), &total))
      return badNpy("has a shape whose size does not fit 64 bits");
  std::span<const uint8_t> data = bytes.subspan(start + length);
  if (data.size() != total)
    return badNpy("holds " + std::to_string(data.size()) + " bytes of data, its shape needs " + std::to_string(total));
  array.data.assign(data.begin(), data.end());
  return array;
}

/// Whether a stream's elements may be these. What is opaque, of one byte or of another size is bytes; so are integers
/// that hold floats for which numpy has no type.
static bool mayHold(const std::string &dtype, const spec::ScalarType &type) {
  if (elementBytes(dtype) == 1 || elementBytes(dtype) * 8 != type.width || dtype[1] == 'V')
    return true;
  const bool isFloat = dtype[1] == 'f', hasType = type.name() == "f16" || type.name() == "f32";
  return isFloat ? hasType : !hasType;
}

Outcome<void> checkArray(const NpyArray &array, const spec::Format &format, const spec::Stream &stream,
                         spec::Shape shape) {
  if (stream.isRecord)
    return {};
  if (!mayHold(array.dtype, stream.type))
    return badNpy("has the type \"" + array.dtype + "\", stream \"" + stream.name + "\" has " + stream.type.name(),
                  "save it as that type");
  if (array.shape.size() < 2 || elementBytes(array.dtype) * 8 != stream.type.width)
    return {};
  if (auto good = spec::checkExtents(format, stream, shape, array.shape); !good)
    return badNpy(good.error().message, "transpose it, or " + good.error().hint);
  return {};
}

Outcome<FloatMatrix> readNpyMatrix(const std::string &path) {
  auto bytes = readFile(path, UINT64_MAX);
  if (!bytes)
    return std::unexpected(bytes.error());
  auto located = [&](Failure failure) {
    failure.error.message = "\"" + path + "\": " + failure.error.message;
    return std::unexpected(failure);
  };
  auto array = parseNpy(*bytes);
  if (!array)
    return located(array.error());
  bool isFloat = array->dtype == "<f4", isMatrix = array->shape.size() == 1 || array->shape.size() == 2;
  if (!isFloat || !isMatrix)
    return located(badNpy("has type \"" + array->dtype + "\" and " + std::to_string(array->shape.size()) +
                              " dimensions, expected \"<f4\" and 1 or 2",
                          isFloat ? "give it as rows and columns" : "save it as numpy.float32")
                       .error());
  FloatMatrix matrix;
  matrix.rows = array->shape.size() == 2 ? array->shape[0] : 1;
  matrix.columns = array->shape.back();
  matrix.values.resize(array->data.size() / 4);
  std::memcpy(matrix.values.data(), array->data.data(), array->data.size());
  return matrix;
}

Outcome<void> writeNpy(const std::string &path, std::span<const int64_t> shape, std::span<const float> values) {
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (";
  for (int64_t extent : shape)
    header += std::to_string(extent) + ", ";
  header += "), }";
  // Data begins at a multiple of 64, as the format asks.
  size_t length = (10 + header.size() + 1 + 63) / 64 * 64 - 10;
  header.resize(length - 1, ' ');
  header += '\n';
  std::string start = std::string(magic) + '\1' + '\0' + char(length & 255) + char(length >> 8) + header;
  const std::span<const uint8_t> parts[] = {{reinterpret_cast<const uint8_t *>(start.data()), start.size()},
                                            {reinterpret_cast<const uint8_t *>(values.data()), values.size() * 4}};
  return writeFile(path, parts);
}

} // namespace quoin
