#include "tools/run/Declared.h"

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <cstring>
#include <numeric>
#include <string>

namespace quoin {

std::vector<float> QuantizedX::dequantized() const {
  std::vector<float> x(codes.size());
  for (size_t i = 0; i < x.size(); ++i)
    x[i] = float(codes[i]) * scales[i / size_t(group)];
  return x;
}

bool QuantizedX::hasNanRow(int64_t row) const {
  auto first = scales.begin() + row * groups();
  return std::any_of(first, first + groups(), [](float scale) { return std::isnan(scale); });
}

bool QuantizedX::allOnes() const {
  return std::all_of(scales.begin(), scales.end(), [](float scale) { return scale == 1.0f; });
}

static void quantizeGroup(std::span<const float> x, int8_t *codes, float &scale, int32_t &sum) {
  float amax = 0.0f;
  bool finite = true;
  for (float value : x) {
    finite = finite && std::isfinite(value);
    amax = std::max(amax, std::fabs(value));
  }
  sum = 0;
  scale = finite ? amax / 127.0f : NAN;
  if (!finite || amax == 0.0f) {
    std::fill_n(codes, x.size(), int8_t(0));
    return;
  }
  float inverse = std::min(127.0f / amax, FLT_MAX);
  for (size_t i = 0; i < x.size(); ++i) {
    codes[i] = int8_t(std::nearbyintf(x[i] * inverse)); // the environment rounds to nearest even
    sum += codes[i];
  }
}

QuantizedX quantizeX(std::span<const float> x, int64_t m, int64_t k, int64_t group) {
  QuantizedX out;
  out.m = m;
  out.k = k;
  out.group = group ? group : k;
  size_t groups = size_t(m * out.groups());
  out.codes.resize(size_t(m * k));
  out.scales.resize(groups);
  out.sums.resize(groups);
  size_t length = size_t(out.group);
  for (size_t g = 0; g < groups; ++g)
    quantizeGroup(x.subspan(g * length, length), out.codes.data() + g * length, out.scales[g], out.sums[g]);
  return out;
}

/// Evaluates nodes of the format at logical positions.
class NodeReader {
public:
  NodeReader(spec::BoundFormat &bound) : bound(bound), format(bound.format()) {}

  Result<int64_t> at(spec::NodeId node, int64_t n, int64_t k) {
    if (format.decodeVars.size() == 2) {
      const std::pair<spec::VarId, int64_t> vars[] = {{format.decodeVars[0], n}, {format.decodeVars[1], k}};
      return bound.evaluate(node, vars, format.hasTile ? recordOf(n, k) : 0);
    }
    int64_t inTile = n % format.tileRows * format.tileCols + k % format.tileCols;
    const std::pair<spec::VarId, int64_t> vars[] = {{format.decodeVars[0], inTile}};
    return bound.evaluate(node, vars, recordOf(n, k));
  }
  bool isFloat(spec::NodeId node) const { return format.nodes[size_t(node)].type == spec::ValueType::F32; }

private:
  int64_t recordOf(int64_t n, int64_t k) const {
    return n / format.tileRows * (bound.shape().k / format.tileCols) + k / format.tileCols;
  }

  spec::BoundFormat &bound;
  const spec::Format &format;
};

static float floatOf(int64_t bits) {
  uint32_t word = uint32_t(bits);
  float value;
  std::memcpy(&value, &word, sizeof(value));
  return value;
}

/// An integer, or a float that is one.
static Result<int64_t> readInteger(NodeReader &nodes, spec::NodeId node, int64_t n, int64_t k) {
  auto value = nodes.at(node, n, k);
  if (!value || !nodes.isFloat(node))
    return value;
  float number = floatOf(*value);
  if (!(std::fabs(number) < 0x1p30f) || number != std::nearbyintf(number))
    return fail("the declared code at (" + std::to_string(n) + ", " + std::to_string(k) + ") is " +
                    std::to_string(number) + ", which is no integer",
                "the bundle's manifest is wrong; compile it again");
  return int64_t(number);
}

static Result<float> readCoefficient(NodeReader &nodes, const DeclaredTerm &term, int64_t n, int64_t k) {
  if (term.coefficient < 0)
    return 1.0f;
  auto value = nodes.at(term.coefficient, n, k);
  if (!value)
    return std::unexpected(value.error());
  return nodes.isFloat(term.coefficient) ? floatOf(*value) : float(*value);
}

static bool sameFloat(float a, float b) { return a == b || (std::isnan(a) && std::isnan(b)); }

static Result<DeclaredTermValues> readTerm(NodeReader &nodes, const DeclaredTerm &term, spec::Shape shape,
                                           int64_t group) {
  DeclaredTermValues values;
  values.codes.reserve(size_t(shape.n * shape.k));
  for (int64_t n = 0; n < shape.n; ++n)
    for (int64_t k = 0; k < shape.k; ++k) {
      Result<int64_t> code = term.code < 0 ? Result<int64_t>(1) : readInteger(nodes, term.code, n, k);
      if (!code)
        return std::unexpected(code.error());
      int64_t zero = term.zero;
      if (term.zeroNode >= 0) {
        auto stored = readInteger(nodes, term.zeroNode, n, k);
        if (!stored)
          return std::unexpected(stored.error());
        zero += *stored;
      }
      values.codes.push_back(int32_t(*code - zero));
      if (k % group != 0 && k % group != group - 1)
        continue;
      auto coefficient = readCoefficient(nodes, term, n, k);
      if (!coefficient)
        return std::unexpected(coefficient.error());
      if (k % group == 0)
        values.coefficients.push_back(*coefficient);
      else if (!sameFloat(*coefficient, values.coefficients.back()))
        return fail("the declared coefficient changes inside the scale group at (" + std::to_string(n) + ", " +
                        std::to_string(k) + ")",
                    "the bundle's manifest is wrong; compile it again");
    }
  return values;
}

/// The terms must add up to what the evaluator decodes, but for the decode expression's own roundings.
static Result<void> compareTerms(const DeclaredWeights &w) {
  constexpr double unit = 0x1p-24, least = 0x1p-149;
  size_t k = size_t(w.shape.k), group = size_t(w.scaleGroup);
  for (size_t i = 0; i < w.values.size(); ++i) {
    double sum = 0, magnitude = 0;
    for (const DeclaredTermValues &term : w.terms) {
      double product = double(term.coefficients[i / k * (k / group) + i % k / group]) * term.codes[i];
      sum += product;
      magnitude += std::fabs(product);
    }
    double allowed = (w.decodeRoundings + 1) * (2 * unit * magnitude + least);
    bool bothFinite = std::isfinite(sum) && std::isfinite(w.values[i]);
    if (bothFinite && !(std::fabs(sum - double(w.values[i])) <= allowed))
      return fail("the declared terms give " + std::to_string(sum) + " at (" + std::to_string(i / k) + ", " +
                      std::to_string(i % k) + "), the format decodes " + std::to_string(w.values[i]),
                  "the bundle's manifest is wrong; compile it again");
  }
  return {};
}

/// Operations of the decode expression that round, each counted once.
static int countRoundings(const spec::Format &format) {
  std::vector<bool> seen(format.nodes.size(), false);
  std::vector<spec::NodeId> open = {format.decodeValue};
  int count = 0;
  while (!open.empty()) {
    spec::NodeId id = open.back();
    open.pop_back();
    if (id < 0 || seen[size_t(id)])
      continue;
    seen[size_t(id)] = true;
    const spec::Node &node = format.nodes[size_t(id)];
    bool leaf = node.op <= spec::Op::Weight;
    count += node.type == spec::ValueType::F32 && !leaf && node.op != spec::Op::Select && node.op != spec::Op::Neg;
    for (spec::NodeId operand : {node.a, node.b, node.c})
      open.push_back(operand);
    open.insert(open.end(), node.args.begin(), node.args.end());
  }
  return count;
}

Result<DeclaredWeights> declareWeights(const spec::Format &format, spec::Shape shape, const ManifestKernel &kernel,
                                       const spec::StreamBytes &streams) {
  auto bound = spec::BoundFormat::bind(format, shape, streams);
  if (!bound)
    return std::unexpected(bound.error());
  auto values = bound->decodeAll();
  if (!values)
    return std::unexpected(values.error());
  DeclaredWeights w;
  w.shape = shape;
  w.values = std::move(*values);
  w.decodeRoundings = countRoundings(format);
  int64_t group = kernel.group ? kernel.group : shape.k, xGroup = kernel.xGroup ? kernel.xGroup : shape.k;
  w.scaleGroup = std::gcd(group, xGroup);
  w.codeLimit = int64_t(1) << kernel.codeBits;
  w.allIntegers = std::all_of(w.values.begin(), w.values.end(), [](float v) { return v == std::nearbyintf(v); });
  // Terms are functions of stored positions; where axes are permuted or values replaced they do not give W by
  // themselves.
  if (kernel.numerics.order != "fma-per-group" || !format.permutes.empty() || !format.overlays.empty())
    return w;
  NodeReader nodes(*bound);
  for (const DeclaredTerm &term : kernel.numerics.terms) {
    for (spec::NodeId node : {term.coefficient, term.code, term.zeroNode})
      if (node >= int32_t(format.nodes.size()))
        return fail("the manifest's term refers to node " + std::to_string(node) + " of " +
                        std::to_string(format.nodes.size()),
                    "the bundle's manifest is wrong; compile it again");
    auto read = readTerm(nodes, term, shape, w.scaleGroup);
    if (!read)
      return std::unexpected(read.error());
    w.terms.push_back(std::move(*read));
  }
  if (auto good = w.terms.empty() ? Result<void>() : compareTerms(w); !good)
    return std::unexpected(good.error());
  return w;
}

/// Exact, whatever the length.
static int64_t integerDot(const int32_t *weights, const int8_t *codes, int64_t length) {
  int64_t sum = 0;
  for (int64_t i = 0; i < length; ++i)
    sum += int64_t(weights[i]) * codes[i];
  return sum;
}

/// acc = +0; by groups in ascending k, and in each by terms: acc = fma(f32(S), c, acc), c = coefficient * x scale in
/// f32.
static float expressionAt(const DeclaredWeights &w, const QuantizedX &x, int64_t m, int64_t n, double &magnitude) {
  int64_t k = w.shape.k, groups = k / w.scaleGroup;
  float acc = 0.0f;
  for (int64_t g = 0; g < groups; ++g) {
    const int8_t *codes = x.codes.data() + m * k + g * w.scaleGroup;
    float xScale = x.scales[size_t(m * x.groups() + g * w.scaleGroup / x.group)];
    for (const DeclaredTermValues &term : w.terms) {
      const int32_t *weights = term.codes.data() + n * k + g * w.scaleGroup;
      int64_t sum = integerDot(weights, codes, w.scaleGroup);
      float coefficient = term.coefficients[size_t(n * groups + g)] * xScale;
      acc = std::fma(float(sum), coefficient, acc);
      magnitude += std::fabs(double(sum) * coefficient);
    }
  }
  return acc;
}

/// Bound of an f32 evaluation of a sum of `summands` products whose magnitudes add up to `magnitude`: Higham's gamma
/// for the chain, two roundings for each product's factor and the integer's conversion, and one for what decode
/// rounded; products and factors that fall below the normal range lose at most half of the least subnormal times the
/// integer.
static double boundOf(double magnitude, double integers, int64_t summands, int decodeRoundings) {
  constexpr double unit = 0x1p-24, least = 0x1p-150;
  double count = double(summands + 3 + decodeRoundings) * unit;
  return magnitude * count / (1 - count) * (1 + 1e-6) + (integers + double(summands) + 1) * least;
}

DeclaredY declareY(const DeclaredWeights &w, const QuantizedX &x) {
  DeclaredY y;
  size_t count = size_t(x.m * w.shape.n), k = size_t(w.shape.k);
  std::vector<double> magnitudes(count);
  y.value.resize(count);
  y.bound.resize(count);
  if (!w.terms.empty())
    y.exact.resize(count);
  spec::matmul64(x.dequantized(), w.values, x.m, w.shape, y.value, magnitudes);
  int64_t summands = w.shape.k / w.scaleGroup * int64_t(std::max<size_t>(w.terms.size(), 1));
  bool wholeNumbers = w.allIntegers && x.allOnes(); // then Y is an integer, exact while it fits a float
  double largestSum = 127.0 * double(w.codeLimit) * double(k);
  for (size_t i = 0; i < count; ++i) {
    double declared = 0;
    if (!w.terms.empty())
      y.exact[i] = expressionAt(w, x, int64_t(i) / w.shape.n, int64_t(i) % w.shape.n, declared);
    double magnitude = std::max(magnitudes[i], declared);
    bool exactIntegers = wholeNumbers && magnitude < 0x1p24;
    // Dequantized X is itself rounded once for each element.
    y.bound[i] = exactIntegers ? 0.0 : boundOf(magnitude, largestSum, summands, w.decodeRoundings + 1);
    if (!(magnitude < double(FLT_MAX)))
      y.bound[i] = INFINITY;
  }
  return y;
}

} // namespace quoin
