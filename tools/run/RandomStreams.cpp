#include "tools/run/RandomStreams.h"

#include "runtime/spec/Orders.h"
#include "runtime/spec/Type.h"
#include "tools/run/FieldMap.h"
#include "tools/run/WeightsInput.h"
#include "tools/streams/LegalStreams.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>

namespace quoin {

using spec::ScalarType;

static uint32_t finiteCode(const ScalarType &type, std::mt19937_64 &random) {
  for (int attempt = 0; attempt < 64; ++attempt) {
    uint32_t code = uint32_t(random()) & uint32_t((uint64_t(1) << type.width) - 1);
    if (std::isfinite(type.decodeFloat(code)))
      return code;
  }
  return 0;
}

static uint32_t scaleCode(const ScalarType &type, ScaleCase scales, std::mt19937_64 &random) {
  auto encode = [&](float value) {
    return spec::encodeScalar(type, type.hasSign ? value : std::fabs(value), spec::Rounding::NearestEven, true);
  };
  uint64_t draw = random();
  uint64_t kind = draw & 255;
  if (scales == ScaleCase::Ones)
    return encode(1.0f);
  if (scales == ScaleCase::Special && kind < 32) {
    constexpr float values[] = {INFINITY, -INFINITY, NAN};
    return spec::encodeScalar(type, values[draw >> 8 & 1 ? 2 : draw >> 9 & 1], spec::Rounding::NearestEven, false);
  }
  if (kind < 40)
    return encode(0.0f);
  bool hasSubnormals = type.mantissa > 0 && type.special != ScalarType::Special::E8M0;
  if (kind < 48 && hasSubnormals) // exponent field zero, any other mantissa than zero, either sign
    return uint32_t(1 + (draw >> 16) % ((uint64_t(1) << type.mantissa) - 1)) |
           (type.hasSign ? uint32_t(draw >> 8 & 1) << (type.width - 1) : 0);
  float magnitude = std::ldexp(1.0f + float(draw >> 40) * 0x1p-24f, int(draw >> 32 & 7) - 7);
  return encode(kind < 110 ? -magnitude : magnitude);
}

static void fillFloats(const spec::Field &field, const FieldMap &map, std::vector<uint8_t> &bytes, int64_t weights,
                       ScaleCase scales, std::mt19937_64 &random) {
  // A small float for each weight is a code of the weight; what there is less of scales many.
  bool isCode = field.type.width <= 8 && int64_t(map.elements()) * map.records >= weights;
  for (int64_t record = 0; record < map.records; ++record)
    for (size_t i = 0; i < map.elements(); ++i)
      writeCode(bytes, map, record, i, isCode ? finiteCode(field.type, random) : scaleCode(field.type, scales, random));
}

/// Integers that the text names. Of words with more bits than chance tries, they are what kernels may treat apart.
static std::vector<uint32_t> namedIntegers(const spec::Format &format) {
  std::set<uint32_t> named;
  for (const spec::Node &node : format.nodes)
    if (node.op == spec::Op::Int)
      named.insert(uint32_t(node.imm));
  return {named.begin(), named.end()};
}

static bool isRead(const spec::Format &format, size_t field) {
  return std::any_of(format.nodes.begin(), format.nodes.end(),
                     [&](const spec::Node &node) { return node.op == spec::Op::Read && size_t(node.imm) == field; });
}

/// One element in eight gets an integer of `named` or one next to it.
static void writeNamed(const FieldMap &map, const std::vector<uint32_t> &named, std::vector<uint8_t> &bytes,
                       std::mt19937_64 &random) {
  for (int64_t record = 0; record < map.records; ++record)
    for (size_t i = 0; i < map.elements(); ++i)
      if (uint64_t draw = random(); draw % 8 == 0)
        writeCode(bytes, map, record, i, named[(draw >> 32) % named.size()] + (draw >> 3 & 1) - (draw >> 4 & 1));
}

static void recordCodes(const spec::Field &field, const FieldMap &map, const std::vector<uint8_t> &bytes,
                        CodeCoverage::Seen &seen) {
  seen.codes.resize(size_t(1) << field.type.width);
  for (int64_t record = 0; record < map.records; ++record)
    for (size_t i = 0; i < map.elements(); ++i)
      seen.codes[readCode(bytes, map, record, i)] = true;
  seen.samples += map.records * int64_t(map.elements());
}

bool CodeCoverage::Seen::isSettled() const {
  return isChosen || (samples > 0 && std::find(codes.begin(), codes.end(), false) == codes.end());
}

std::string CodeCoverage::incompleteField() const {
  for (const auto &[name, seen] : fields)
    if (seen.samples > 0 && seen.samples >= int64_t(64 * seen.codes.size()) && !seen.isSettled())
      return name;
  return "";
}

/// What stands for the elements of an absent planar stream, row-major.
static Result<std::vector<uint32_t>> defaultsOf(spec::BoundFormat &bound, const spec::Stream &stream) {
  std::vector<int64_t> extents;
  int64_t count = 1;
  for (spec::NodeId node : stream.extents) {
    auto extent = bound.evaluate(node, {}, 0);
    if (!extent)
      return std::unexpected(extent.error());
    extents.push_back(*extent);
    count *= *extent;
  }
  std::vector<uint32_t> values;
  std::vector<std::pair<spec::VarId, int64_t>> vars;
  for (spec::VarId variable : stream.defaultVars)
    vars.emplace_back(variable, 0);
  bool isFloat = bound.format().nodes[size_t(stream.defaultValue)].type == spec::ValueType::F32;
  for (int64_t i = 0; i < count; ++i) {
    int64_t rest = i;
    for (size_t axis = vars.size(); axis-- > 0; rest /= extents[axis])
      vars[axis].second = rest % extents[axis];
    auto value = bound.evaluate(stream.defaultValue, vars, 0);
    if (!value)
      return std::unexpected(value.error());
    uint32_t bits = uint32_t(*value);
    if (stream.type.isFloat()) {
      float number = isFloat ? std::bit_cast<float>(bits) : float(*value);
      bits = spec::encodeScalar(stream.type, number, spec::Rounding::NearestEven, false);
    }
    values.push_back(bits);
  }
  return values;
}

/// `streams` has all but the optional ones, which it gets: `optional` is for those that order others, and what holds values
/// has any.
static Result<void> addOptional(const spec::Format &format, spec::Shape shape, OptionalStreams optional,
                                const std::map<std::string, int64_t> &sizes, std::mt19937_64 &random,
                                spec::OwnedStreams &streams) {
  spec::OwnedStreams added;
  auto bound = spec::BoundFormat::bind(format, shape, asBytes(streams));
  if (!bound)
    return std::unexpected(bound.error());
  std::set<int32_t> ordering = spec::orderingStreams(format);
  for (const spec::Stream &stream : format.streams) {
    if (!stream.optional || stream.defaultValue < 0)
      continue;
    std::vector<uint8_t> &bytes = added[stream.name];
    bytes.resize(size_t(sizes.at(stream.name)));
    if (!ordering.contains(int32_t(&stream - format.streams.data()))) {
      std::generate(bytes.begin(), bytes.end(), [&] { return uint8_t(random()); });
      continue;
    }
    auto values = defaultsOf(*bound, stream);
    if (!values)
      return std::unexpected(values.error());
    if (optional == OptionalStreams::Shuffled)
      std::shuffle(values->begin(), values->end(), random);
    FieldMap map = FieldMap::dense(std::min(values->size(), bytes.size() * 8 / stream.type.width), stream.type.width);
    for (size_t i = 0; i < map.elements(); ++i)
      writeCode(bytes, map, 0, i, (*values)[i]);
  }
  streams.merge(added);
  return {};
}

/// Floats by their case; then the codes of all other fields are what chance made them, and count, but for words of so
/// many bits that chance would not make what the text says of them.
static Outcome<void> fillFields(const spec::Format &format, spec::Shape shape, ScaleCase scales,
                                std::mt19937_64 &random, CodeCoverage *coverage, spec::OwnedStreams &streams) {
  auto bound = spec::BoundFormat::bind(format, shape, asBytes(streams));
  if (!bound)
    return located(fmt::format("streams of N = {}, K = {}", shape.n, shape.k), bound.error());
  std::map<int32_t, ClaimedBits> chosen; // by stream
  std::set<int32_t> ordering = spec::orderingStreams(format);
  std::vector<uint32_t> named = namedIntegers(format);
  for (bool floats : {true, false})
    for (size_t number = 0; number < format.fields.size(); ++number) {
      const spec::Field &field = format.fields[number];
      const spec::Stream &stream = format.streams[size_t(field.stream)];
      auto it = streams.find(stream.name);
      bool isOrder = ordering.contains(field.stream);
      bool counts = coverage && field.type.width <= 8 && !coverage->fields[field.name].isSettled();
      bool isWord = field.type.width > 8 && !isOrder && !named.empty() && isRead(format, number);
      if ((stream.optional && isOrder) || it == streams.end() || field.type.isFloat() != floats ||
          (!floats && !counts && !isWord))
        continue;
      auto map = mapField(*bound, number, int64_t(it->second.size()));
      if (!map)
        return std::unexpected(map.error());
      if (floats) {
        fillFloats(field, *map, it->second, shape.n * shape.k, scales, random);
        chosen[field.stream].claim(*map);
      } else if (chosen[field.stream].overlaps(*map)) {
        if (counts)
          coverage->fields[field.name].isChosen = true;
      } else if (isWord) {
        writeNamed(*map, named, it->second, random);
      } else {
        recordCodes(field, *map, it->second, coverage->fields[field.name]);
      }
    }
  return {};
}

Outcome<spec::OwnedStreams> randomStreams(const spec::Format &format, spec::Shape shape, ScaleCase scales,
                                          OptionalStreams optional, std::mt19937_64 &random, CodeCoverage *coverage) {
  std::string where = fmt::format("streams of N = {}, K = {}", shape.n, shape.k);
  std::map<std::string, int64_t> freeSizes = spec::sampleSizes(format, shape, 1);
  auto made = tool::legalStreams(format, shape, freeSizes, [&] { return uint32_t(random()); });
  if (!made)
    return located(where, made.error());
  spec::OwnedStreams streams = std::move(*made);
  auto sizes = spec::streamSizes(format, shape, asBytes(streams), freeSizes);
  if (!sizes)
    return located(where, sizes.error());
  if (optional != OptionalStreams::Absent)
    if (auto added = addOptional(format, shape, optional, *sizes, random, streams); !added)
      return located(where, added.error());
  if (auto filled = fillFields(format, shape, scales, random, coverage, streams); !filled)
    return std::unexpected(filled.error());
  return streams;
}

} // namespace quoin
