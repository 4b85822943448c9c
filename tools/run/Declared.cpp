#include "tools/run/Declared.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <string>

namespace quoin {

static constexpr char wrongManifest[] = "the bundle's manifest is wrong; compile it again";

static std::string place(int64_t n, int64_t k) { return "(" + std::to_string(n) + ", " + std::to_string(k) + ")"; }

/// Evaluates nodes of the format at logical positions.
class NodeReader {
public:
  NodeReader(spec::BoundFormat &bound) : bound(bound), format(bound.format()) {}

  Result<int64_t> at(spec::NodeId node, int64_t n, int64_t k) {
    return bound.evaluate(node, variables(n, k), format.hasTile ? recordOf(n, k) : 0);
  }
  /// What the rounding errors of the decoded value are relative to.
  Result<double> magnitude(int64_t n, int64_t k) {
    return bound.magnitude(format.decodeValue, variables(n, k), format.hasTile ? recordOf(n, k) : 0);
  }
  bool isFloat(spec::NodeId node) const { return format.nodes[size_t(node)].type == spec::ValueType::F32; }

private:
  std::span<const std::pair<spec::VarId, int64_t>> variables(int64_t n, int64_t k) {
    if (format.decodeVars.size() == 2)
      vars = {{{format.decodeVars[0], n}, {format.decodeVars[1], k}}};
    else
      vars[0] = {format.decodeVars[0], n % format.tileRows * format.tileCols + k % format.tileCols};
    return std::span(vars).first(format.decodeVars.size());
  }
  int64_t recordOf(int64_t n, int64_t k) const {
    return n / format.tileRows * (bound.shape().k / format.tileCols) + k / format.tileCols;
  }

  spec::BoundFormat &bound;
  const spec::Format &format;
  std::array<std::pair<spec::VarId, int64_t>, 2> vars;
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
  if (!value)
    return value;
  double number = nodes.isFloat(node) ? double(floatOf(*value)) : double(*value);
  if (!(std::fabs(number) < 0x1p30) || number != std::nearbyint(number))
    return fail("the declared code at " + place(n, k) + " is " + std::to_string(number) +
                    ", which is no integer of at most 30 bits",
                wrongManifest);
  return int64_t(number);
}

/// 1 where there is none.
static Result<float> readCoefficient(NodeReader &nodes, spec::NodeId coefficient, int64_t n, int64_t k) {
  if (coefficient < 0)
    return 1.0f;
  auto value = nodes.at(coefficient, n, k);
  if (!value)
    return std::unexpected(value.error());
  return nodes.isFloat(coefficient) ? floatOf(*value) : float(*value);
}

static Result<void> checkNode(spec::NodeId node, const spec::Format &format) {
  if (node >= int32_t(format.nodes.size()))
    return fail("the manifest refers to node " + std::to_string(node) + " of " + std::to_string(format.nodes.size()),
                wrongManifest);
  return {};
}

static bool sameFloat(float a, float b) { return a == b || (std::isnan(a) && std::isnan(b)); }

/// code - zero - zero node; a term without a code has 1.
static Result<int32_t> readCode(NodeReader &nodes, const DeclaredTerm &term, int64_t n, int64_t k) {
  int64_t code = 1 - term.zero;
  if (term.code >= 0) {
    auto stored = readInteger(nodes, term.code, n, k);
    if (!stored)
      return std::unexpected(stored.error());
    code = *stored - term.zero;
  }
  if (term.zeroNode >= 0) {
    auto zero = readInteger(nodes, term.zeroNode, n, k);
    if (!zero)
      return std::unexpected(zero.error());
    code -= *zero;
  }
  if (code != int32_t(code))
    return fail("the declared code at " + place(n, k) + " is " + std::to_string(code) + ", more than 32 bits",
                wrongManifest);
  return int32_t(code);
}

/// Codes one by one; coefficients once a group, where the last column must have that of the first.
static Result<DeclaredTermValues> readTerm(NodeReader &nodes, const DeclaredTerm &term, spec::Shape shape,
                                           int64_t group) {
  DeclaredTermValues values;
  values.hasCode = term.code >= 0;
  values.codes.reserve(size_t(shape.n * shape.k));
  for (int64_t n = 0; n < shape.n; ++n)
    for (int64_t k = 0; k < shape.k; ++k) {
      auto code = readCode(nodes, term, n, k);
      if (!code)
        return std::unexpected(code.error());
      values.codes.push_back(*code);
      bool first = k % group == 0, last = k % group == group - 1 || k == shape.k - 1;
      if (!first && !last)
        continue;
      auto coefficient = readCoefficient(nodes, term.coefficient, n, k);
      if (!coefficient)
        return std::unexpected(coefficient.error());
      if (first)
        values.coefficients.push_back(*coefficient);
      else if (!sameFloat(*coefficient, values.coefficients.back()))
        return fail("the declared coefficient changes inside the group at " + place(n, k), wrongManifest);
    }
  if (std::all_of(values.codes.begin(), values.codes.end(), [](int32_t code) { return code == int16_t(code); }))
    values.narrow.assign(values.codes.begin(), values.codes.end());
  return values;
}

static Result<void> readTerms(NodeReader &nodes, const spec::Format &format, const ManifestKernel &kernel,
                              DeclaredWeights &w) {
  for (const DeclaredTerm &term : kernel.numerics.terms) {
    for (spec::NodeId node : {term.coefficient, term.code, term.zeroNode})
      if (auto good = checkNode(node, format); !good)
        return good;
    auto read = readTerm(nodes, term, w.shape, w.group ? w.group : w.shape.k);
    if (!read)
      return std::unexpected(read.error());
    w.terms.push_back(std::move(*read));
  }
  return {};
}

/// Fills magnitudes, and factors with what the terms add up to.
static void addTerms(DeclaredWeights &w) {
  int64_t group = w.group ? w.group : w.shape.k, groups = w.groups();
  w.factors.assign(size_t(w.shape.n * w.shape.k), 0.0);
  w.magnitudes.assign(w.factors.size(), 0.0);
  for (const DeclaredTermValues &term : w.terms)
    for (int64_t n = 0; n < w.shape.n; ++n)
      for (int64_t k = 0; k < w.shape.k; ++k) {
        size_t at = size_t(n * w.shape.k + k);
        double product = double(term.coefficients[size_t(n * groups + k / group)]) * term.codes[at];
        w.factors[at] += product;
        w.largestCode = std::max(w.largestCode, std::fabs(double(term.codes[at])));
        w.magnitudes[at] += std::fabs(product);
      }
}

/// Where the decode expression adds floats, its rounding errors are relative to all that it adds, be it one code of a term.
static Result<void> raiseMagnitudes(NodeReader &nodes, DeclaredWeights &w) {
  for (int64_t n = 0; n < w.shape.n; ++n)
    for (int64_t k = 0; k < w.shape.k; ++k) {
      auto summands = nodes.magnitude(n, k);
      if (!summands)
        return std::unexpected(summands.error());
      double &magnitude = w.magnitudes[size_t(n * w.shape.k + k)];
      magnitude = std::max(magnitude, *summands); // NaN stays
    }
  return {};
}

static bool addsFloats(const spec::Format &format) {
  return std::ranges::any_of(format.nodes, [](const spec::Node &node) {
    bool isSum = node.op == spec::Op::Add || node.op == spec::Op::Sub || node.op == spec::Op::Sum;
    return isSum && node.type == spec::ValueType::F32;
  });
}

/// Terms and what they add up to.
static Result<void> declareTerms(const spec::Format &format, const ManifestKernel &kernel,
                                 const spec::StreamBytes &streams, DeclaredWeights &w) {
  auto bound = spec::BoundFormat::bind(format, w.shape, streams);
  if (!bound)
    return std::unexpected(bound.error());
  NodeReader nodes(*bound);
  if (auto read = readTerms(nodes, format, kernel, w); !read || w.terms.empty())
    return read;
  addTerms(w);
  return addsFloats(format) && !kernel.numerics.rounded ? raiseMagnitudes(nodes, w) : Result<void>();
}

/// The terms must add up to what the evaluator decodes, but for the decode expression's own roundings. Coefficients
/// below the normal range lose more: a step of that range, times the code.
static Result<void> compareTerms(const DeclaredWeights &w, std::span<const float> values) {
  constexpr double unit = 0x1p-24, least = 0x1p-149;
  for (size_t i = 0; i < values.size(); ++i) {
    double codes = 1;
    for (const DeclaredTermValues &term : w.terms)
      codes += std::fabs(double(term.codes[i]));
    double allowed = (w.roundings + 1) * (2 * unit * w.magnitudes[i] + least * codes);
    bool bothFinite = std::isfinite(w.factors[i]) && std::isfinite(values[i]);
    if (bothFinite && !(std::fabs(w.factors[i] - double(values[i])) <= allowed))
      return fail("the declared terms give " + std::to_string(w.factors[i]) + " at " +
                      place(int64_t(i) / w.shape.k, int64_t(i) % w.shape.k) + ", the format decodes " +
                      std::to_string(values[i]),
                  wrongManifest);
  }
  return {};
}

/// Where terms stand for values that they come near, their codes are the nearest integers: half a coefficient away at most,
/// with a hundredth for the coefficient's and the decode expression's own roundings. Adds up what they lack.
static Result<void> compareRounded(DeclaredWeights &w, std::span<const float> values) {
  int64_t group = w.group ? w.group : w.shape.k;
  for (size_t i = 0; i < values.size(); ++i) {
    double lack = w.factors[i] - double(values[i]);
    if (!std::isfinite(lack))
      continue;
    int64_t n = int64_t(i) / w.shape.k, k = int64_t(i) % w.shape.k;
    double step = 0;
    for (const DeclaredTermValues &term : w.terms)
      if (term.hasCode)
        step += std::fabs(double(term.coefficients[size_t(n * w.groups() + k / group)]));
    if (!(std::fabs(lack) <= 0.51 * step + 64 * 0x1p-24 * w.magnitudes[i] + 0x1p-140))
      return fail("the declared terms give " + std::to_string(w.factors[i]) + " at " + place(n, k) +
                      ", further from the format's " + std::to_string(values[i]) + " than rounding codes leads",
                  wrongManifest);
    w.signal += double(values[i]) * double(values[i]);
    w.noise += lack * lack;
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

/// Whether what a regrouped weight is multiplied with, or what is added, may leave the range of floats: then the weight is
/// anything, be it that the format's expression does not take it, or multiplies zero first.
static Result<bool> isBeyond(NodeReader &nodes, const std::vector<int32_t> &multipliers, int64_t n, int64_t k) {
  for (spec::NodeId node : multipliers) {
    auto value = readCoefficient(nodes, node, n, k);
    if (!value)
      return std::unexpected(value.error());
    if (!(std::fabs(*value) < 0x1p112f)) // codes have 16 bits at most
      return true;
  }
  return false;
}

/// How far a weight that is decoded by other operations lies from the format's, at most: before it is rounded to `type`, one
/// half step of its summands for each rounding of either.
static Result<void> addDeviations(const spec::Format &format, const ManifestNumerics &numerics,
                                  const spec::StreamBytes &streams, std::span<const float> values, DeclaredWeights &w) {
  constexpr double unit = 0x1p-24, least = 0x1p-149, largestCode = 0x1p16;
  auto bound = spec::BoundFormat::bind(format, w.shape, streams);
  if (!bound)
    return std::unexpected(bound.error());
  for (spec::NodeId node : *numerics.regrouped)
    if (auto good = checkNode(node, format); !good)
      return good;
  NodeReader nodes(*bound);
  const std::string &type = numerics.wType;
  double roundings = 2 * countRoundings(format) + 4;
  for (int64_t n = 0; n < w.shape.n; ++n)
    for (int64_t k = 0; k < w.shape.k; ++k) {
      auto summands = nodes.magnitude(n, k);
      if (!summands)
        return std::unexpected(summands.error());
      float value = values[size_t(n * w.shape.k + k)];
      double most = roundings * (unit * *summands + least * largestCode), rounded = roundedTo(type, value);
      double low = double(roundedTo(type, float(value - most))) - rounded, high = roundedTo(type, float(value + most)) - rounded;
      auto beyond = isBeyond(nodes, *numerics.regrouped, n, k);
      if (!beyond)
        return std::unexpected(beyond.error());
      w.deviations.push_back(*beyond ? INFINITY : std::max({std::fabs(low), std::fabs(high), most}));
    }
  return {};
}

Result<DeclaredWeights> declareWeights(const spec::Format &format, spec::Shape shape, const ManifestKernel &kernel,
                                       const spec::StreamBytes &streams, std::span<const float> values) {
  const ManifestNumerics &numerics = kernel.numerics;
  DeclaredWeights w;
  w.shape = shape;
  w.group = kernel.group;
  w.xGroup = kernel.xGroup;
  w.exactSums = numerics.accumulate == "exact";
  w.flushes = numerics.xType == "bf16" || numerics.wType == "bf16";
  // Terms are functions of stored positions; where axes are permuted or values replaced they do not give W by
  // themselves.
  if (numerics.isOrdered() && format.permutes.empty() && format.overlays.empty())
    if (auto made = declareTerms(format, kernel, streams, w); !made)
      return std::unexpected(made.error());
  if (w.exactSums)
    w.roundings = countRoundings(format);
  if (!w.terms.empty() && numerics.rounded) {
    w.roundings = 0;
    if (auto good = compareRounded(w, values); !good)
      return std::unexpected(good.error());
  } else {
    if (auto good = w.terms.empty() ? Result<void>() : compareTerms(w, values); !good)
      return std::unexpected(good.error());
    w.factors.resize(values.size());
    for (size_t i = 0; i < values.size(); ++i)
      w.factors[i] = roundedTo(numerics.wType, values[i]);
    if (numerics.regrouped)
      if (auto added = addDeviations(format, numerics, streams, values, w); !added)
        return std::unexpected(added.error());
  }
  w.allIntegers = std::all_of(w.factors.begin(), w.factors.end(), [](double v) { return v == std::nearbyint(v); });
  return w;
}

} // namespace quoin
