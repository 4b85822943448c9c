#include "dialect/normal/Elsewhere.h"

#include "dialect/normal/Turns.h"
#include "runtime/spec/Arithmetic.h"
#include "runtime/spec/Shapes.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <utility>

namespace quoin::normal {

using namespace quoin::spec;

namespace {

class Elsewhere {
public:
  Elsewhere(const Format &format, Scan &scan, Decomposer &decomposer, const NormalForm &form)
      : format(format), scan(scan), decomposer(decomposer), form(form) {
    for (const Node &node : format.nodes)
      if (node.op == Op::Int && node.type != ValueType::F32 && node.imm > 0 && landmarks.size() < maxLandmarks)
        landmarks.insert(node.imm);
    for (const NormalTerm &term : form.terms) {
      for (NodeId id : {form.kind == NormalForm::Kind::AffineRounded ? -1 : term.code, term.zeroNode})
        addCode(id);
      addScaling(term);
    }
    addScaling(form.bias);
  }

  std::string run() {
    comparesValues = true;
    for (auto [n, k] : scan.positions()) // where terms cancel, values say nothing
      if (comparesValues && random() % 16 == 0)
        comparesValues = sameValue(scan.walk(), n, k);
    for (auto [shape, count] : shapes()) {
      Walk walk(format, shape);
      turns = count != 1 ? findTurns(format, walk, count > 1) : Turns();
      for (auto [n, k] : places(shape, count))
        if (!sameFacts(walk, n, k) || !sameFunctions(walk, n, k) || (comparesValues && !sameValue(walk, n, k)))
          return "its value at n = " + std::to_string(n) + ", k = " + std::to_string(k) + " of N = " +
                 std::to_string(shape.n) + ", K = " + std::to_string(shape.k) +
                 " is made otherwise than in the shapes analysed";
    }
    return "";
  }

private:
  static constexpr size_t maxLandmarks = 64, maxCorners = 1024;
  static constexpr int64_t largestMark = 1 << 22; ///< all places up to it are tried

  void addCode(NodeId id) {
    if (id >= 0 && decomposer.code(id).failure.empty())
      codes.push_back(id);
  }

  void addScaling(const Scaling &scaling) {
    addCode(scaling.sub);
    if (!scaling.coefficientTable.empty())
      addCode(scaling.coefficient);
  }

  /// Legal ones of whole groups, as kernels ask for, and how many random places each is tried at: long rows, many rows,
  /// both; and with few places many others, as one K need not show what others have. None: at the turns alone.
  std::vector<std::pair<Shape, int>> shapes() {
    Shape unit = shapeMultiples(format);
    if (form.group)
      unit.k = std::lcm(unit.k, form.group);
    std::vector<std::pair<Shape, int>> legal = {{scan.walk().sampleShape(), 12}};
    auto add = [&](Shape shape, int places) {
      if (checkShape(format, shape))
        legal.push_back({shape, places});
    };
    for (Shape large : largeShapes(format, unit))
      legal.push_back({large, 12});
    for (int64_t each = 1; each <= 24; ++each)
      add({unit.n * (each <= 8 ? each : 1 + int64_t(random() % 64)), unit.k * (each <= 8 ? each : 1 + int64_t(random() % 128))}, 1);
    if (hasConditions(format))
      addTurns(unit, add);
    return legal;
  }

  /// Shapes from which on conditions on N and K turn, and such as just hold an integer of the text, as size or as
  /// place.
  void addTurns(Shape unit, auto add) {
    Walk walk(format, unit);
    std::vector<Shape> turning = findShapeTurns(format, walk, unit);
    std::ranges::shuffle(turning, random);
    turning.resize(std::min(turning.size(), maxCorners));
    for (Shape shape : turning)
      add(shape, 1);
    auto few = [&](int64_t of) { return of * (1 + int64_t(random() % 4)); };
    for (int64_t mark : landmarks)
      for (int64_t more : {0, 1})
        if (mark <= largestMark) {
          add({(mark / unit.n + more) * unit.n, few(unit.k)}, 0);
          add({few(unit.n), (mark / unit.k + more) * unit.k}, 0);
        }
  }

  /// Places along an axis: its ends, `count` random ones, and those around turns and what the format names if these are
  /// many.
  std::set<int64_t> placesAlong(int64_t extent, int count, const std::set<int64_t> &turnsAlong) {
    std::set<int64_t> found = {0, extent / 3, extent - 1}, marks = turnsAlong;
    for (int each = 0; each < count; ++each)
      found.insert(int64_t(random() % uint64_t(extent)));
    if (count > 1)
      marks.insert(landmarks.begin(), landmarks.end());
    for (int64_t mark : marks)
      for (int64_t near : {mark - 1, mark, mark + 1})
        if (near < extent)
          found.insert(near);
    return found;
  }

  /// Along each axis with a place of the other at random; and where a condition on both axes may hold.
  std::vector<std::pair<int64_t, int64_t>> places(Shape shape, int count) {
    std::vector<std::pair<int64_t, int64_t>> found = turns.places;
    addCorners(turns.rows, turns.columns, shape, found);
    if (count > 1)
      addCorners(landmarks, landmarks, shape, found);
    for (int64_t k : placesAlong(shape.k, count, turns.columns))
      found.push_back({int64_t(random() % uint64_t(shape.n)), k});
    for (int64_t n : placesAlong(shape.n, count, turns.rows))
      found.push_back({n, int64_t(random() % uint64_t(shape.k))});
    return found;
  }

  /// Each row with each column, and near them; some where these are very many.
  void addCorners(const std::set<int64_t> &rows, const std::set<int64_t> &columns, Shape shape,
                  std::vector<std::pair<int64_t, int64_t>> &all) {
    std::vector<std::pair<int64_t, int64_t>> found;
    auto near = [&] { return int64_t(random() % 3) - 1; };
    for (int64_t n : rows)
      for (int64_t k : columns)
        for (auto [row, column] : {std::pair(n, k), std::pair(n + near(), k + near())})
          if (row < shape.n && column < shape.k)
            found.push_back({row, column});
    std::ranges::shuffle(found, random);
    found.resize(std::min(found.size(), maxCorners));
    all.insert(all.end(), found.begin(), found.end());
  }

  /// What was taken for constant is, and what was taken for the same on runs of columns is as at the run's begin.
  bool sameFacts(Walk &walk, int64_t n, int64_t k) {
    auto moveTo = [&](int64_t column) {
      walk.moveTo(n, column);
      scan.bindAmbients(walk);
    };
    std::map<int64_t, std::vector<std::pair<NodeId, uint64_t>>> byBegin;
    moveTo(k);
    for (NodeId id : scan.asked()) {
      const Scan::Facts facts = scan.facts(id);
      if (!facts.constant && !facts.perGroup())
        continue;
      Symbol here = walk.walk(id);
      if (facts.constant && !(here.known && here.value == facts.value))
        return false;
      int64_t period = facts.variation.kPeriod;
      byBegin[period ? k - k % period : 0].push_back({id, here.hash});
    }
    for (const auto &[begin, nodes] : byBegin) {
      moveTo(begin);
      for (auto [id, hash] : nodes)
        if (walk.walk(id).hash != hash)
          return false;
    }
    return true;
  }

  /// Codes are among the functions of their bits that were enumerated, and read these as there.
  bool sameFunctions(Walk &walk, int64_t n, int64_t k) {
    walk.moveTo(n, k);
    return std::ranges::all_of(codes, [&](NodeId id) {
      const CodeFacts &facts = decomposer.code(id);
      return facts.functions.contains(renamedHash(walk, id)) && (!facts.source || *facts.source == renamedHash(walk, id, true));
    });
  }

  /// Decode's value is the terms' under random bits, but for roundings.
  bool sameValue(Walk &walk, int64_t n, int64_t k) {
    walk.moveTo(n, k);
    scan.bindAmbients(walk);
    failed = false;
    double decoded = value(walk, format.decodeValue, 0), sum = 0, size = 0;
    for (const NormalTerm &term : form.terms) {
      double coefficient = value(walk, term.coefficient, 1), code = value(walk, term.code, 1);
      double zero = double(term.zero) + value(walk, term.zeroNode, 0);
      sum += coefficient * (code - zero);
      size += std::fabs(coefficient) * (std::fabs(code) + std::fabs(zero));
    }
    double bias = value(walk, form.bias.coefficient, 0);
    sum += bias, size += std::fabs(bias);
    bool comparable = !failed && std::isfinite(decoded) && size < 1e30;
    return !comparable || std::fabs(decoded - sum) <= 1e-3 * size + 1e-30;
  }

  double value(Walk &walk, NodeId id, double ifNone) {
    if (id < 0)
      return ifNone;
    Symbol symbol = walk.walk(id);
    for (int leaves = 0; !symbol.known && walk.firstOpen() && leaves < 256; ++leaves) {
      Leaf leaf = *walk.firstOpen();
      walk.assign(leaf, anyCode(format.fields[leaf.field].type));
      symbol = walk.walk(id);
    }
    failed |= !symbol.known;
    return format.nodes[id].type == ValueType::F32 ? double(asFloat(symbol.value)) : double(symbol.value);
  }

  /// Floats of moderate size, where a few tries give one.
  uint32_t anyCode(const ScalarType &type) {
    uint32_t mask = type.width >= 32 ? ~0u : (1u << type.width) - 1, code = 0;
    for (int tries = 0; tries < 32; ++tries) {
      code = uint32_t(random()) & mask;
      if (!type.isFloat())
        break;
      double magnitude = std::fabs(double(type.decodeFloat(code)));
      if (magnitude > 0x1p-6 && magnitude < 0x1p6)
        break;
    }
    return code;
  }

  const Format &format;
  Scan &scan;
  Decomposer &decomposer;
  const NormalForm &form;
  std::set<int64_t> landmarks;
  std::vector<NodeId> codes;
  std::mt19937_64 random{11};
  bool comparesValues = false, failed = false;
  Turns turns; ///< of the shape looked at
};

} // namespace

std::string failureElsewhere(const Format &format, Scan &scan, Decomposer &decomposer, const NormalForm &form) {
  return Elsewhere(format, scan, decomposer, form).run();
}

} // namespace quoin::normal
