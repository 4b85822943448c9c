// From the normal form to small codes and scalars.
#include "lowering/PackedForm.h"

#include "dialect/normal/Decompose.h"
#include "runtime/spec/NodeBuilder.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <fmt/format.h>
#include <numeric>

using namespace quoin::spec;
using quoin::tile::Role;
using quoin::tile::Storage;

namespace quoin {

/// Codes of more different values than this are stored as they are, not as positions in a list.
static constexpr size_t maxLevels = 16;

/// Columns of a block of decoded values.
static constexpr int64_t valueBlock = 16;

static bool isPowerOfTwo(double value) {
  int exponent;
  return value != 0 && std::isfinite(value) && std::fabs(std::frexp(value, &exponent)) == 0.5;
}

static std::string columns(int64_t group) { return group ? fmt::format("{} columns", group) : "a whole row"; }

static Storage integerStorage(int64_t lo, int64_t hi) {
  if (lo >= 0 && hi <= 255)
    return Storage::U8;
  if (lo >= -128 && hi <= 127)
    return Storage::S8;
  return Storage::S32;
}

namespace {

class Packing {
public:
  Packing(Format &format, const NormalForm &normal) : format(format), normal(normal), builder(format) {}

  /// `exact`: codes that are no integers keep their values in a table instead of being rounded.
  Result<PackedForm> run(bool exact) {
    if (std::string why = obstacle(); !why.empty())
      return fail(why);
    isExact = exact;
    const NormalTerm &term = normal.terms.front();
    form.group = normal.group;
    form.coefficient = term.coefficient;
    form.code = term.code;
    form.zero = term.zero;
    form.zeroNode = term.zeroNode;
    form.zeroLo = term.zeroLo, form.zeroHi = term.zeroHi;
    form.bias = normal.bias.coefficient;
    if (Result<void> made = integerCodes(term); !made)
      return std::unexpected(made.error());
    if (form.coefficient >= 0)
      addScaling(term, form.coefficient == term.coefficient, {Role::Coefficient, Role::Outer, Role::Sub});
    if (form.bias >= 0)
      addScaling(normal.bias, true, {Role::Bias, Role::BiasOuter, Role::BiasSub});
    if (form.zeroNode >= 0)
      form.scalars.push_back({Role::Zero, integerStorage(term.zeroLo, term.zeroHi), form.zeroNode, term.zeroVaries.kPeriod});
    return std::move(form);
  }

private:
  std::string obstacle() const {
    if (!format.permutes.empty() || !format.overlays.empty())
      return "its values are permuted or replaced one by one";
    if (normal.kind == NormalForm::Kind::General)
      return "it has no normal form: " + normal.why;
    if (normal.terms.size() != 1)
      return fmt::format("it is a sum of {} terms", normal.terms.size());
    const NormalTerm &term = normal.terms.front();
    if (term.storedTable)
      return "its codes are looked up in a table that is stored with it";
    if (normal.group % 4)
      return fmt::format("its coefficients cover {}, which is no multiple of 4", columns(normal.group));
    return {};
  }

  /// Codes as integers of at most 256 values in a row.
  Result<void> integerCodes(const NormalTerm &term) {
    bool isRounded = normal.kind == NormalForm::Kind::AffineRounded; // made of group bits too
    bool hasUnit = term.unit != 0 && std::isfinite(float(1 / term.unit));
    if (!isRounded && (!hasUnit || (term.hi - term.lo) / term.unit > 255))
      return isExact ? keepTable(term) : roundTable(term);
    if (isRounded && term.hi - term.lo > 255)
      return fail(fmt::format("its codes are rounded to integers from {:g} to {:g}", term.lo, term.hi));
    if (term.unit != 1) {
      form.code = integer(scaled(form.code, 1 / term.unit));
      form.coefficient = form.coefficient < 0 ? builder.floatConst(float(term.unit)) : scaled(form.coefficient, term.unit);
    } else if (builder.type(form.code) == ValueType::F32) {
      form.code = integer(form.code);
    } else {
      form.code = *builder.convert(form.code, ValueType::I32); // positions may be part of it
    }
    form.lo = int64_t(term.lo / term.unit), form.hi = int64_t(term.hi / term.unit);
    chooseLevels(term.levels, term.unit);
    return {};
  }

  /// A list of values where that takes fewer bits than their range.
  void chooseLevels(const std::vector<double> &values, double unit) {
    if (values.empty() || values.size() > maxLevels ||
        std::bit_width(values.size() - 1) >= std::bit_width(uint64_t(form.hi - form.lo)))
      return;
    for (double value : values)
      form.levels.push_back(int64_t(value / unit));
  }

  static Result<void> needTable(const NormalTerm &term) {
    if (term.table.empty())
      return fail("its codes are no integers of at most 8 bits and no function of at most 8 stored bits");
    if (!term.readsTable)
      return fail("its codes are no integers of at most 8 bits, and more than one part of the expression reads their bits");
    return {};
  }

  /// No integers times one constant: the table is rounded to the integers that lie nearest.
  Result<void> roundTable(const NormalTerm &term) {
    if (auto ok = needTable(term); !ok)
      return ok;
    double largest = std::max(std::fabs(term.lo), std::fabs(term.hi));
    if (largest == 0)
      return fail("its codes are all zero");
    int top = bestTop(term.table, largest);
    Table table{.name = "rounded", .type = *ScalarType::parse("si8"), .extents = {int64_t(term.table.size())}};
    std::vector<double> rounded;
    for (double value : term.table) {
      rounded.push_back(std::isfinite(value) ? std::nearbyint(value / largest * top) : 0);
      table.values.push_back(uint32_t(int32_t(rounded.back())));
    }
    format.tables.push_back(table);
    form.code = *builder.table(int32_t(format.tables.size()) - 1, {rawBits(term)});
    float step = float(largest / top);
    form.coefficient = form.coefficient < 0 ? builder.floatConst(step) : *builder.binary(Op::Mul, form.coefficient, builder.floatConst(step));
    form.lo = int64_t(*std::min_element(rounded.begin(), rounded.end()));
    form.hi = int64_t(*std::max_element(rounded.begin(), rounded.end()));
    std::sort(rounded.begin(), rounded.end());
    rounded.erase(std::unique(rounded.begin(), rounded.end()), rounded.end());
    chooseLevels(rounded, 1);
    form.rounding = fmt::format("table values rounded to multiples of 1/{} of the largest: {:.1f} dB over all codes", top,
                                signalToError(term.table, largest, top));
    if (!std::ranges::all_of(term.table, [](double value) { return std::isfinite(value); }))
      form.rounding += "; NaN and infinities become 0";
    return {};
  }

  /// The stored bits themselves as codes, with a table of what they stand for.
  Result<void> keepTable(const NormalTerm &term) {
    if (auto ok = needTable(term); !ok)
      return ok;
    form.code = rawBits(term);
    form.hi = int64_t(term.table.size()) - 1;
    for (double value : term.table)
      form.table.push_back(float(value));
    return {};
  }

  static double signalToError(const std::vector<double> &table, double largest, int top) {
    double signal = 0, error = 0;
    for (double value : table) {
      if (!std::isfinite(value))
        continue;
      double difference = value - std::nearbyint(value / largest * top) * largest / top;
      signal += value * value, error += difference * difference;
    }
    return 10 * std::log10(signal / std::max(error, 1e-300));
  }

  /// The integer for the largest value that leaves the smallest error.
  static int bestTop(const std::vector<double> &table, double largest) {
    int best = 127;
    for (int top = 126; top > 63; --top)
      if (signalToError(table, largest, top) > signalToError(table, largest, best))
        best = top;
    return best;
  }

  /// The stored bits of a code as one integer, in the order of the normal form's table.
  NodeId rawBits(const NormalTerm &term) {
    NodeId all = -1;
    int64_t shift = 0;
    for (NodeId read : term.reads) {
      NodeId bits = unsignedRead(read);
      int width = format.fields[format.nodes[read].imm].type.width;
      if (shift)
        bits = *builder.binary(Op::Shl, bits, builder.intConst(shift, ValueType::I32));
      all = all < 0 ? bits : *builder.binary(Op::Or, all, bits);
      shift += width;
    }
    return all;
  }

  /// The same bits read as an unsigned integer: through a field of that type that claims them too.
  NodeId unsignedRead(NodeId read) {
    const Node node = format.nodes[read];
    Field field = format.fields[node.imm];
    if (field.type.kind == ScalarType::Kind::UInt)
      return read;
    field.type = *ScalarType::parse("ui" + std::to_string(field.type.width));
    field.name += ".bits";
    auto known = std::find_if(format.fields.begin(), format.fields.end(),
                              [&](const Field &each) { return each.name == field.name; });
    int32_t index = int32_t(known - format.fields.begin());
    if (known == format.fields.end()) {
      rename(field);
      format.fields.push_back(field);
    }
    return *builder.read(index, node.args);
  }

  /// Gives the field's map variables of its own.
  void rename(Field &field) {
    std::unordered_map<VarId, NodeId> renamed;
    auto fresh = [&](VarId &var) {
      VarId own = builder.newVar(format.vars[size_t(var)] + ".bits");
      renamed[var] = builder.var(own);
      var = own;
    };
    for (VarId &var : field.indices)
      fresh(var);
    if (field.bitVar >= 0)
      fresh(field.bitVar);
    for (Slice &slice : field.slices)
      slice.offset = normal::substitute(format, builder, slice.offset, renamed);
  }

  NodeId integer(NodeId node) { return *builder.round(node, *ScalarType::parse("si32")); }

  NodeId scaled(NodeId node, double factor) {
    return *builder.binary(Op::Mul, node, builder.floatConst(float(factor)));
  }

  /// A node as a product of another and a power of two.
  std::pair<NodeId, double> peel(NodeId node) const {
    double factor = 1;
    for (;;) {
      const Node &each = format.nodes[node];
      if (each.op == Op::Neg) {
        factor = -factor, node = each.a;
        continue;
      }
      auto constantOf = [&](NodeId id) {
        return format.nodes[id].op == Op::Float ? double(std::bit_cast<float>(uint32_t(format.nodes[id].imm))) : 0.0;
      };
      bool isProduct = each.op == Op::Mul && each.type == ValueType::F32;
      if (isProduct && isPowerOfTwo(constantOf(each.b)))
        factor *= constantOf(each.b), node = each.a;
      else if (isProduct && isPowerOfTwo(constantOf(each.a)))
        factor *= constantOf(each.a), node = each.b;
      else
        return {node, factor};
    }
  }

  /// The 16-bit type a node is read from storage with.
  std::optional<Storage> halfStorage(NodeId node) const {
    const Node &each = format.nodes[node];
    if (each.op != Op::Read)
      return std::nullopt;
    const ScalarType &type = format.fields[each.imm].type;
    if (type == *ScalarType::parse("f16"))
      return Storage::F16;
    return type == *ScalarType::parse("bf16") ? std::optional(Storage::BF16) : std::nullopt;
  }

  struct Roles {
    Role whole, outer, sub;
  };

  /// Stored numbers of a coefficient: as the format stores them where a product of two stays exact in f32, else as f32.
  void addScaling(const Scaling &scaling, bool isOwn, Roles roles) {
    NodeId whole = isOwn ? scaling.coefficient : form.coefficient;
    int64_t period = scaling.coefficientVaries.kPeriod;
    auto [node, factor] = peel(whole);
    if (auto half = halfStorage(node)) {
      form.scalars.push_back({roles.whole, *half, node, period, factor});
      return;
    }
    if (auto exponent = isOwn ? exponentStorage(scaling.coefficientTable) : std::nullopt) {
      form.scalars.push_back({roles.whole, *exponent, whole, period, 1});
      return;
    }
    bool fits = isOwn && scaling.sub >= 0 && isPowerOfTwo(scaling.subUnit) && scaling.subLo >= -128 &&
                scaling.subHi <= 255 && (scaling.subLo >= 0 || scaling.subHi <= 127);
    if (fits && scaling.outer >= 0) {
      auto [outer, outerFactor] = peel(scaling.outer);
      auto half = halfStorage(outer);
      if (half && scaling.outerVaries.kPeriod != period) {
        form.scalars.push_back({roles.outer, *half, outer, scaling.outerVaries.kPeriod, outerFactor});
        addSub(scaling, roles.sub);
        return;
      }
    }
    form.scalars.push_back({roles.whole, Storage::F32, whole, period, 1});
  }

  void addSub(const Scaling &scaling, Role role) {
    NodeId integers = scaling.sub;
    if (scaling.subUnit != 1)
      integers = integer(scaled(integers, 1 / scaling.subUnit));
    else
      integers = builder.type(integers) == ValueType::F32 ? integer(integers) : *builder.convert(integers, ValueType::I32);
    form.scalars.push_back({role, integerStorage(scaling.subLo, scaling.subHi), integers, scaling.subVaries.kPeriod,
                            scaling.subUnit});
  }

  /// One byte holds the exponent of a coefficient that is always a power of two, or NaN.
  static std::optional<Storage> exponentStorage(const std::vector<double> &table) {
    bool anyNan = false, least = false;
    for (double value : table) {
      if (std::isnan(value)) {
        anyNan = true;
        continue;
      }
      if (!(value >= 0x1p-128 && value <= 0x1p127) || !isPowerOfTwo(value))
        return std::nullopt;
      least |= value == 0x1p-128;
    }
    if (table.empty() || (anyNan && least))
      return std::nullopt;
    return anyNan ? Storage::ExponentOrNan : Storage::Exponent;
  }

  Format &format;
  const NormalForm &normal;
  NodeBuilder builder;
  PackedForm form;
  bool isExact = false;
};

} // namespace

int64_t codeBits(const PackedForm &form) {
  return form.code < 0 ? 0 : std::max<int64_t>(1, std::bit_width(uint64_t(form.storedCodes() - 1)));
}

int64_t mostProducts(const PackedForm &form) {
  constexpr double largestX = 127;
  double low = double(form.lo) - double(form.zero) - double(form.zeroHi);
  double high = double(form.hi) - double(form.zero) - double(form.zeroLo);
  double largest = std::max({std::fabs(low), std::fabs(high), 1.0});
  return int64_t(double(INT32_MAX) / (largestX * largest));
}

int64_t blockColumns(const PackedForm &form) {
  if (form.code < 0)
    return valueBlock;
  int64_t columns = tile::PlaneSet(codeBits(form)).columns();
  bool anyRun = false;
  for (const PackedScalar &scalar : form.scalars) {
    anyRun |= scalar.columns != 0;
    columns = scalar.columns ? std::lcm(columns, scalar.columns) : columns;
  }
  if (form.group)
    columns = std::lcm(columns, form.group);
  return anyRun ? columns : std::lcm(columns, int64_t(32));
}

int64_t runColumns(const PackedForm &form) {
  if (form.code < 0)
    return valueBlock;
  int64_t shortest = 0, block = blockColumns(form);
  for (const PackedScalar &scalar : form.scalars)
    if (scalar.columns && (!shortest || scalar.columns < shortest))
      shortest = scalar.columns;
  int64_t run = std::lcm(tile::PlaneSet(codeBits(form)).columns(), shortest ? shortest : block);
  auto nests = [&](int64_t length) {
    return block % length == 0 && std::all_of(form.scalars.begin(), form.scalars.end(), [&](const PackedScalar &scalar) {
             return !scalar.columns || length % scalar.columns == 0 || scalar.columns % length == 0;
           });
  };
  // Two runs in one where that leaves the codes of both on vector boundaries.
  if (shortest == run && run < 32 && nests(2 * run))
    return 2 * run;
  return nests(run) ? run : block;
}

Result<PackedForm> packedForm(Format &format, const NormalForm &normal) { return Packing(format, normal).run(false); }

void addZeroPoints(Format &format, PackedForm &form, const NormalForm &normal) {
  auto find = [&](Role role) {
    return std::find_if(form.scalars.begin(), form.scalars.end(),
                        [&](const PackedScalar &each) { return each.role == role; });
  };
  auto coefficient = find(Role::Coefficient), zero = find(Role::Zero);
  if (zero == form.scalars.end() || coefficient == form.scalars.end() || form.hasBias())
    return;
  const NormalTerm &term = normal.terms.front();
  int64_t lo = term.zeroLo + form.zero, hi = term.zeroHi + form.zero;
  bool isHalf = coefficient->storage == Storage::F16 || coefficient->storage == Storage::BF16;
  if (!isHalf || lo < -4096 || hi > 4096) // 11 bits by 13 fill the 24 of f32
    return;
  NodeBuilder builder(format);
  NodeId whole = form.zero ? *builder.binary(Op::Add, form.zeroNode, builder.intConst(form.zero)) : form.zeroNode;
  form.bias =
      *builder.unary(Op::Neg, *builder.binary(Op::Mul, form.coefficient, *builder.convert(whole, ValueType::F32)));
  *zero = {Role::BiasSub, integerStorage(lo, hi), whole, zero->columns, -1};
  form.zero = form.zeroLo = form.zeroHi = 0;
  form.zeroNode = -1;
}

Result<PackedForm> codeForm(Format &format, const NormalForm &normal) {
  Result<PackedForm> codes = Packing(format, normal).run(true);
  if (codes && blockColumns(*codes) > maxPackedBlock)
    return fail("its groups and blocks meet again after very many columns only");
  return codes;
}

PackedForm valueForm(Format &format, const NormalForm &normal, Precision precision) {
  if (Result<PackedForm> codes = codeForm(format, normal))
    return *codes;
  PackedForm form;
  form.coefficient = format.decodeValue;
  form.group = 1;
  form.lo = form.hi = 1;
  Storage storage = !format.overlays.empty()      ? Storage::F32 // patched once more
                    : precision == Precision::BF16 ? Storage::BF16
                    : precision == Precision::F16 ? Storage::F16
                                                  : Storage::F32;
  form.scalars.push_back({Role::Coefficient, storage, format.decodeValue, 1, 1});
  return form;
}

} // namespace quoin
