#include "runtime/npy.h"

#include "runtime/file.h"

#include <cstring>
#include <optional>
#include <string_view>

namespace quoin {

static constexpr std::string_view magic = "\x93NUMPY";

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

/// The header is a Python dictionary literal of three known keys; this reads that and nothing more.
class HeaderReader {
public:
  explicit HeaderReader(std::string_view text) : text(text) {}

  bool read(NpyArray &out, bool &fortran) {
    bool descr = false, order = false, shape = false;
    if (!take('{'))
      return false;
    while (!take('}')) {
      std::optional<std::string_view> key = string();
      if (!key || !take(':'))
        return false;
      if (*key == "descr" && !descr)
        descr = readType(out.dtype);
      else if (*key == "fortran_order" && !order)
        order = readBool(fortran);
      else if (*key == "shape" && !shape)
        shape = readShape(out.shape);
      else
        return false;
      if (!take(',') && peek() != '}')
        return false;
    }
    return descr && order && shape && text.find_first_not_of(" \n\t") == std::string_view::npos;
  }

private:
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
  std::optional<std::string_view> string() {
    char quote = peek();
    if ((quote != '\'' && quote != '"') || !take(quote))
      return {};
    size_t end = text.find(quote);
    if (end == std::string_view::npos)
      return {};
    std::string_view value = text.substr(0, end);
    text.remove_prefix(end + 1);
    return value;
  }
  bool readType(std::string &out) {
    std::optional<std::string_view> value = string();
    out = value.value_or("");
    return value.has_value();
  }
  bool readBool(bool &out) {
    peek();
    for (auto [word, value] : {std::pair{"True", true}, {"False", false}})
      if (text.starts_with(word)) {
        text.remove_prefix(std::strlen(word));
        out = value;
        return true;
      }
    return false;
  }
  bool readShape(std::vector<int64_t> &out) {
    if (!take('('))
      return false;
    while (!take(')')) {
      if (out.size() == 8 || peek() < '0' || peek() > '9')
        return false;
      int64_t value = 0;
      for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1))
        if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, text.front() - '0', &value))
          return false;
      out.push_back(value);
      if (!take(',') && peek() != ')')
        return false;
    }
    return true;
  }

  std::string_view text;
};

Outcome<NpyArray> parseNpy(std::span<const uint8_t> bytes) {
  if (!isNpy(bytes) || bytes.size() < 10)
    return badNpy("does not begin as .npy files do");
  uint8_t version = bytes[6];
  size_t lengthBytes = version == 1 ? 2 : 4, start = 8 + lengthBytes;
  if (version < 1 || version > 3 || bytes.size() < start)
    return badNpy("has version " + std::to_string(version) + ", known are 1 to 3");
  uint32_t length = 0;
  for (size_t i = 0; i < lengthBytes; ++i)
    length |= uint32_t(bytes[8 + i]) << (8 * i);
  if (length > bytes.size() - start)
    return badNpy("ends inside its header");
  NpyArray array;
  bool fortran = false;
  if (!HeaderReader({reinterpret_cast<const char *>(bytes.data()) + start, length}).read(array, fortran))
    return badNpy("has a header that is not understood");
  if (fortran)
    return badNpy("is in Fortran order", "save numpy.ascontiguousarray of it");
  size_t each = elementBytes(array.dtype);
  if (each == 0)
    return badNpy("has the type \"" + array.dtype + "\"", "use little-endian f2, f4 or integers of 1, 2 or 4 bytes");
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
  if (array->dtype != "<f4" || array->shape.empty() || array->shape.size() > 2)
    return located(badNpy("has type \"" + array->dtype + "\" and " + std::to_string(array->shape.size()) +
                              " dimensions, expected \"<f4\" and 1 or 2",
                          "save it as numpy.float32")
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
