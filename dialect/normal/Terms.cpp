#include "dialect/normal/Terms.h"

#include "dialect/normal/Range.h"
#include "runtime/spec/Arithmetic.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

namespace quoin::normal {

using namespace quoin::spec;

namespace {

/// Coefficient factors, products taken apart, constants multiplied out.
struct Factors {
  double constant = 1;
  std::vector<NodeId> nodes;
  std::multiset<uint64_t> key;
};

/// All products that share a coefficient.
struct Bucket {
  Factors factors;
  Monomial first; ///< spells the coefficient
  std::vector<Monomial> elements;
};

class Assembly {
public:
  Assembly(Format &format, NodeBuilder &builder, Scan &scan, Decomposer &decomposer, NormalForm &form)
      : format(format), builder(builder), scan(scan), decomposer(decomposer), form(form) {}

  void run(const Polynomial &polynomial) {
    std::vector<Monomial> groupOnly;
    for (const Monomial &monomial : polynomial)
      monomial.element >= 0 ? sortIn(monomial) : groupOnly.push_back(monomial);
    for (Bucket &bucket : buckets)
      openTerms(bucket);
    for (const Monomial &monomial : groupOnly)
      if (!joinTerm(monomial))
        addBias(monomial);
    finish();
  }

private:
  struct Open {
    NormalTerm term;
    Factors factors;
    double constant = 1; ///< of the coefficient
    bool rounded = false;
  };

  void flatten(NodeId id, Factors &into) {
    const Scan::Facts &facts = scan.facts(id);
    const Node node = format.nodes[id];
    if (facts.constant) {
      into.constant *= node.type == ValueType::F32 ? double(asFloat(facts.value)) : double(facts.value);
      return;
    }
    bool real = node.type == ValueType::F32 || integerRange(format, id).has_value();
    if (node.op == Op::Mul && real) {
      flatten(node.a, into);
      flatten(node.b, into);
    } else if (node.op == Op::Neg && real) {
      into.constant = -into.constant;
      flatten(node.a, into);
    } else if (node.op == Op::ToF32 || node.op == Op::ToIndex) {
      flatten(node.a, into);
    } else {
      into.nodes.push_back(id);
      into.key.insert(facts.identity);
    }
  }

  Factors factorsOf(const Monomial &monomial) {
    Factors factors;
    factors.constant = monomial.constant;
    for (NodeId node : monomial.group)
      flatten(node, factors);
    return factors;
  }

  void sortIn(const Monomial &monomial) {
    Factors factors = factorsOf(monomial);
    checkConstant(factors.constant);
    for (Bucket &bucket : buckets)
      if (bucket.factors.key == factors.key) {
        bucket.elements.push_back(monomial);
        bucket.elements.back().constant = factors.constant;
        return;
      }
    Bucket bucket{factors, monomial, {monomial}};
    bucket.elements[0].constant = factors.constant;
    buckets.push_back(std::move(bucket));
  }

  /// One term of the bucket's elements together where they make one code, else one each.
  void openTerms(const Bucket &bucket) {
    double unit = bucket.elements[0].constant;
    for (const Monomial &each : bucket.elements)
      if (std::fabs(each.constant) < std::fabs(unit))
        unit = each.constant;
    NodeId together = -1;
    bool anyRounded = false;
    for (const Monomial &each : bucket.elements) {
      NodeId part = decomposer.scaled(each.element, each.constant / unit);
      together = together < 0 ? part : decomposer.sum(together, part);
      anyRounded |= each.rounded;
    }
    bool one = bucket.elements.size() == 1;
    if (!one && !anyRounded) {
      const CodeFacts &facts = decomposer.code(together);
      one = facts.failure.empty() && !(facts.storedTable && facts.bits > 8);
    }
    if (one)
      return open(bucket, together, unit, anyRounded);
    for (const Monomial &each : bucket.elements)
      open(bucket, each.element, each.constant, each.rounded);
  }

  /// Constants of the text multiply to one: beyond these an f32 coefficient would lose bits or leave its range.
  void checkConstant(double constant) {
    if (!(std::fabs(constant) >= 0x1p-64 && std::fabs(constant) <= 0x1p64))
      raise(NormalForm::Kind::General, "its constants multiply to less than 2^-64 or more than 2^64");
  }

  void open(const Bucket &bucket, NodeId code, double constant, bool rounded) {
    checkConstant(constant);
    Open entry;
    entry.factors = bucket.factors;
    entry.constant = constant;
    entry.rounded = rounded;
    entry.term.coefficient = coefficientNode(bucket, constant);
    entry.term.code = code;
    terms.push_back(std::move(entry));
  }

  /// The coefficient as the text spells it where it is one node, else the product in the order of the text.
  NodeId coefficientNode(const Bucket &bucket, double constant) {
    double spelled = bucket.first.constant; // constant that is not inside the group nodes
    double inside = bucket.factors.constant / spelled;
    NodeId node = -1;
    for (NodeId factor : bucket.first.group)
      node = node < 0 ? asFloatNode(factor) : decomposer.product(node, factor);
    double rest = constant / inside;
    if (node < 0)
      return rest == 1 ? -1 : builder.floatConst(float(rest));
    return decomposer.scaled(node, rest);
  }

  NodeId asFloatNode(NodeId id) { return *builder.convert(id, ValueType::F32); }

  NodeId productOf(const std::vector<NodeId> &nodes) {
    NodeId node = -1;
    for (NodeId factor : nodes)
      node = node < 0 ? factor : decomposer.product(node, factor);
    return node;
  }

  /// Makes a product of group quantities part of a term's zero or code, where its coefficient contains the term's.
  bool joinTerm(const Monomial &monomial) {
    Factors factors = factorsOf(monomial);
    Open *best = nullptr;
    for (Open &entry : terms)
      if (std::includes(factors.key.begin(), factors.key.end(), entry.factors.key.begin(), entry.factors.key.end()) &&
          !entry.rounded && (!best || entry.factors.key.size() > best->factors.key.size()))
        best = &entry;
    if (!best)
      return false;
    double ratio = factors.constant / best->constant;
    std::vector<NodeId> extra = remaining(factors, best->factors);
    if (absorb(*best, extra, ratio))
      return true;
    if (ratio != std::nearbyint(ratio) || std::fabs(ratio) > 1 << 24)
      return false;
    if (extra.empty()) {
      best->term.zero -= int64_t(ratio);
      return true;
    }
    return hasZeros(best->term) && addStoredZero(best->term, extra, ratio);
  }

  /// Zero points are of codes that are integers of a byte at most, or of a stored table.
  bool hasZeros(const NormalTerm &term) {
    const CodeFacts &facts = decomposer.code(term.code);
    return facts.storedTable || !facts.failure.empty() || (facts.integer && facts.hi - facts.lo <= 255);
  }

  /// What is taken from other codes is part of them: of their tables.
  void takeZero(NormalTerm &term) {
    if (term.zero == 0 || hasZeros(term))
      return;
    term.code = decomposer.sum(term.code, builder.floatConst(float(-term.zero)));
    term.zero = 0;
  }

  /// Integers that f32 holds; a code less a zero stays far within 32 bits.
  static constexpr int64_t largestZero = int64_t(1) << 24;

  bool addStoredZero(NormalTerm &term, const std::vector<NodeId> &extra, double ratio) {
    for (NodeId node : extra)
      if (format.nodes[node].type == ValueType::F32)
        return false;
    NodeId zero = decomposer.scaled(productOf(extra), -ratio);
    if (term.zeroNode >= 0)
      zero = decomposer.sum(term.zeroNode, zero);
    auto range = integerRange(format, zero);
    if (!range || std::max(-range->lo, range->hi) > largestZero)
      return false;
    term.zeroNode = *builder.convert(zero, ValueType::I32);
    term.zeroLo = range->lo, term.zeroHi = range->hi;
    return true;
  }

  std::vector<NodeId> remaining(const Factors &all, const Factors &part) {
    std::multiset<uint64_t> taken = part.key;
    std::vector<NodeId> rest;
    for (NodeId node : all.nodes) {
      auto same = taken.find(scan.facts(node).identity);
      same == taken.end() ? rest.push_back(node) : void(taken.erase(same));
    }
    return rest;
  }

  /// A quantity of few elements and few bits next to a short-vector code is part of that code.
  bool absorb(Open &entry, const std::vector<NodeId> &extra, double ratio) {
    if (extra.empty() || entry.term.zeroNode >= 0)
      return false;
    const CodeFacts &own = decomposer.code(entry.term.code);
    if (!own.failure.empty() || own.vectorLength == 1)
      return false;
    NodeId node = productOf(extra);
    int64_t period = scan.facts(node).variation.kPeriod;
    int64_t coarse = coefficientVaries(entry).kPeriod;
    if (period == 0 || period > 8 || (coarse != 0 && coarse <= period))
      return false;
    NodeId both = decomposer.sum(entry.term.code, decomposer.scaled(node, ratio));
    if (!decomposer.code(both).failure.empty())
      return false;
    entry.term.code = both;
    return true;
  }

  Variation coefficientVaries(const Open &entry) {
    return entry.term.coefficient < 0 ? Variation{} : scan.facts(entry.term.coefficient).variation;
  }

  void addBias(const Monomial &monomial) {
    checkConstant(monomial.constant);
    NodeId node = -1;
    for (NodeId factor : monomial.group)
      node = node < 0 ? asFloatNode(factor) : decomposer.product(node, factor);
    node = node < 0 ? builder.floatConst(float(monomial.constant)) : decomposer.scaled(node, monomial.constant);
    bool isFirst = form.bias.coefficient < 0;
    form.bias.coefficient = isFirst ? node : decomposer.sum(form.bias.coefficient, node);
    biasFactors = factorsOf(monomial);
    biasIsProduct = isFirst;
  }

  void finish() {
    for (Open &entry : terms) {
      if (!entry.rounded)
        takeZero(entry.term);
      describeCode(entry);
      splitCoefficient(entry.term, entry.factors, entry.constant);
      entry.term.coefficientVaries = coefficientVaries(entry);
      if (entry.term.zeroNode >= 0)
        entry.term.zeroVaries = scan.facts(entry.term.zeroNode).variation;
      form.group = std::gcd(form.group, entry.term.coefficientVaries.kPeriod);
      form.group = std::gcd(form.group, entry.term.zeroVaries.kPeriod);
      form.terms.push_back(entry.term);
    }
    if (form.bias.coefficient >= 0)
      form.bias.coefficientVaries = scan.facts(form.bias.coefficient).variation;
    if (biasIsProduct)
      splitCoefficient(form.bias, biasFactors, biasFactors.constant);
    form.group = std::gcd(form.group, form.bias.coefficientVaries.kPeriod);
  }

  void describeCode(Open &entry) {
    NormalTerm &term = entry.term;
    if (entry.rounded)
      return describeRounded(term);
    const CodeFacts &facts = decomposer.code(term.code);
    if (!facts.failure.empty())
      return raise(NormalForm::Kind::General,
                   "a value made of " + decomposer.fieldNames(term.code) + " " + facts.failure);
    term.integer = facts.integer;
    term.unit = facts.unit;
    term.lo = facts.lo, term.hi = facts.hi;
    term.elementBits = facts.bits;
    term.reads = facts.reads;
    term.affineInBits = facts.affineInBits;
    term.table = facts.table;
    term.readsTable = facts.source.has_value();
    term.levels = facts.levels;
    term.positions = facts.positions;
    term.vectorLength = facts.vectorLength;
    term.storedTable = facts.storedTable;
    std::string fields = decomposer.fieldNames(term.code);
    if (facts.vectorLength > 1)
      return raise(NormalForm::Kind::VectorTable,
                   std::to_string(facts.vectorLength) + " neighbours share bits of " + fields);
    if (facts.affineInBits && facts.integer)
      return raise(NormalForm::Kind::Affine, "every code is an integer affine in its bits");
    if (facts.bits <= 8 || facts.storedTable)
      return raise(NormalForm::Kind::ScalarTable,
                   "the " + std::to_string(facts.bits) + " bits of " + fields + " are looked up" +
                       (facts.positions > 1 ? ", in " + std::to_string(facts.positions) + " ways by position"
                        : facts.integer     ? ": not affine in them"
                                            : ": no integer"));
    raise(NormalForm::Kind::General, "a value made of " + fields + " is a function of " + std::to_string(facts.bits) +
                                         " stored bits that is not affine");
  }

  void describeRounded(NormalTerm &term) {
    auto range = format.nodes[term.code].type == ValueType::F32 ? std::nullopt : integerRange(format, term.code);
    term.lo = range ? double(range->lo) : INT32_MIN;
    term.hi = range ? double(range->hi) : INT32_MAX;
    std::set<std::pair<NodeId, int>> seen;
    std::vector<NodeId> pending = {term.code};
    while (!pending.empty()) {
      NodeId id = pending.back();
      pending.pop_back();
      if (id < 0 || !seen.insert({id, 0}).second)
        continue;
      const Node &node = format.nodes[id];
      if (node.op == Op::Read && !scan.walk().isScoped(id) && !scan.facts(id).perGroup()) {
        term.elementBits += format.fields[node.imm].type.width;
        term.reads.push_back(id);
      }
      pending.insert(pending.end(), {node.a, node.b, node.c});
      pending.insert(pending.end(), node.args.begin(), node.args.end());
    }
    raise(NormalForm::Kind::AffineRounded,
          "the product of " + decomposer.fieldNames(term.code) + " is rounded to an integer");
  }

  void raise(NormalForm::Kind kind, std::string why) {
    if (form.why.empty() || kind > form.kind)
      form.kind = kind, form.why = std::move(why);
  }

  /// outer * sub, where some factors take few integer values.
  void splitCoefficient(Scaling &scaling, const Factors &factors, double constant) {
    std::vector<NodeId> outer;
    if (scaling.coefficient >= 0)
      scaling.coefficientTable = tableOf(scaling.coefficient);
    for (NodeId node : factors.nodes) {
      if (!scan.facts(node).stored) { // of N and K alone: no codes
        outer.push_back(node);
        continue;
      }
      const CodeFacts &facts = decomposer.code(node);
      double low = facts.lo / facts.unit, high = facts.hi / facts.unit;
      bool small = facts.failure.empty() && !facts.storedTable && facts.bits <= 8 && facts.unit > 0 && low >= -256 &&
                   high <= 256;
      if (!small || scaling.sub >= 0) {
        outer.push_back(node);
        continue;
      }
      scaling.sub = node;
      scaling.subUnit = facts.unit, scaling.subLo = int64_t(low), scaling.subHi = int64_t(high);
    }
    if (scaling.sub < 0)
      return;
    scaling.subVaries = scan.facts(scaling.sub).variation;
    NodeId rest = productOf(outer);
    if (rest >= 0)
      scaling.outer = decomposer.scaled(asFloatNode(rest), constant);
    else if (constant != 1)
      scaling.outer = builder.floatConst(float(constant));
    if (scaling.outer >= 0)
      scaling.outerVaries = scan.facts(scaling.outer).variation;
  }

  std::vector<double> tableOf(NodeId node) {
    if (!scan.facts(node).stored)
      return {};
    const CodeFacts &facts = decomposer.code(node);
    return facts.failure.empty() && !facts.storedTable && facts.positions == 1 ? facts.table : std::vector<double>();
  }

  Format &format;
  NodeBuilder &builder;
  Scan &scan;
  Decomposer &decomposer;
  NormalForm &form;
  std::vector<Bucket> buckets;
  std::vector<Open> terms;
  Factors biasFactors;
  bool biasIsProduct = false; ///< the bias is one product, biasFactors
};

} // namespace

void assembleTerms(Format &format, NodeBuilder &builder, Scan &scan, Decomposer &decomposer,
                   const Polynomial &polynomial, NormalForm &form) {
  Assembly(format, builder, scan, decomposer, form).run(polynomial);
}

} // namespace quoin::normal
