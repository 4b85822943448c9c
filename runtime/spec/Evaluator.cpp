#include "runtime/spec/Evaluator.h"

#include "runtime/spec/Arithmetic.h"
#include "runtime/spec/Ops.h"

#include <bit>

namespace quoin::spec {

Evaluator::Evaluator(const Format &format, Shape shape, bool mutableContents)
    : format(format), shape(shape), sizes(format.sizes.size()), streams(format.streams.size()),
      fields(format.fields.size()), vars(format.vars.size()), memos(format.nodes.size()),
      dependencies(format.nodes.size()), fieldBits(format.fields.size()), mutableContents(mutableContents) {
  computeDependencies();
}

/// What reading a field depends on beside its index. Index variables are bound by the read, so theirs are dropped.
uint64_t Evaluator::fieldDependencies(int32_t index) const {
  const Field &field = format.fields[index];
  const Stream &stream = format.streams[field.stream];
  uint64_t mask = mutableContents ? uint64_t(1) << (varBits + index % contentBits) : 0;
  if (stream.isRecord)
    mask |= uint64_t(1) << recordBit;
  uint64_t inner = 0;
  for (const Slice &slice : field.slices)
    inner |= dependencies[slice.offset];
  if (stream.optional)
    inner |= dependencies[stream.defaultValue];
  return mask | (inner >> varBits << varBits);
}

void Evaluator::computeDependencies() {
  // Fields may be read by nodes that come before the field's own offsets, so masks grow until none changes.
  for (bool again = true; again;) {
    again = false;
    for (size_t id = 0; id < format.nodes.size(); ++id) {
      const Node &node = format.nodes[id];
      uint64_t mask = dependencies[id];
      for (NodeId operand : {node.a, node.b, node.c})
        if (operand >= 0)
          mask |= dependencies[operand];
      for (const auto *list : {&node.args, &node.cuts})
        for (NodeId operand : *list)
          mask |= dependencies[operand];
      if (node.op == Op::Var)
        mask |= uint64_t(1) << (node.imm % varBits);
      if (node.op == Op::Read || node.op == Op::SplitBy || node.op == Op::SplitAll)
        mask |= fieldBits[node.imm];
      if (node.op == Op::Temp || node.op == Op::Weight)
        mask |= uint64_t(1) << recordBit;
      again |= mask != dependencies[id];
      dependencies[id] = mask;
    }
    for (size_t field = 0; field < format.fields.size(); ++field) {
      uint64_t mask = fieldDependencies(int32_t(field));
      again |= mask != fieldBits[field];
      fieldBits[field] = mask;
    }
  }
}

void Evaluator::setVar(VarId var, int64_t value) {
  if (vars[var] == value)
    return;
  vars[var] = value;
  changed[var % varBits] = ++clock;
}

void Evaluator::setRecord(int64_t value) {
  if (record == value)
    return;
  record = value;
  changed[recordBit] = ++clock;
}

void Evaluator::setElement(int64_t n, int64_t k, int64_t atN, int64_t atK) {
  setPosition(atN, atK);
  if (format.hasTile) {
    int64_t rows = format.tileRows, cols = format.tileCols;
    if (hasRecords())
      setRecord(n / rows * (shape.k / cols) + k / cols);
    if (format.decodeVars.size() == 1)
      return setVar(format.decodeVars[0], n % rows * cols + k % cols);
  }
  setVar(format.decodeVars[0], n);
  setVar(format.decodeVars[1], k);
}

void Evaluator::touch(int32_t field) {
  ++clock;
  auto mark = [&](int32_t index) { changed[varBits + index % contentBits] = clock; };
  mark(field);
  // Fields of a planar stream overlap its implicit field.
  int32_t stream = format.fields[field].stream;
  if (format.streams[stream].isRecord)
    return;
  for (size_t other = 0; other < format.fields.size(); ++other)
    if (format.fields[other].stream == stream)
      mark(int32_t(other));
}

bool Evaluator::hasRecords() const {
  for (const Stream &stream : format.streams)
    if (stream.isRecord)
      return true;
  return false;
}

int64_t Evaluator::recordCount() const {
  return format.hasTile ? (shape.n / format.tileRows) * (shape.k / format.tileCols) : 0;
}

std::string Evaluator::where() const {
  if (!namesPlace)
    return "";
  if (position)
    return " at (n, k) = (" + std::to_string(position->first) + ", " + std::to_string(position->second) + ")";
  return record >= 0 ? " in record " + std::to_string(record) : "";
}

void Evaluator::failAt(std::string message, std::string hint) {
  if (!failure)
    failure = Error{std::move(message) + where(), std::move(hint)};
}

std::unexpected<Error> Evaluator::takeFailure() {
  Error error = failure ? std::move(*failure) : Error{"evaluation failed", ""};
  failure.reset();
  invalidate();
  return std::unexpected(std::move(error));
}

bool Evaluator::isFresh(NodeId id) const {
  uint64_t stamp = memos[id].stamp;
  if (stamp < oldest)
    return false;
  for (uint64_t mask = dependencies[id]; mask; mask &= mask - 1)
    if (changed[std::countr_zero(mask)] > stamp)
      return false;
  return true;
}

int64_t Evaluator::eval(NodeId id) {
  const Node &node = format.nodes[id];
  switch (node.op) {
  case Op::Int:
  case Op::Float:
    return node.imm;
  case Op::Var:
    return vars[node.imm];
  case Op::Size:
    return readSize(node.imm);
  default:
    break;
  }
  if (isFresh(id))
    return memos[id].value;
  int64_t value = compute(node);
  memos[id] = {value, clock};
  return value;
}

float Evaluator::evalFloat(NodeId id) {
  int64_t value = eval(id);
  return format.nodes[id].type == ValueType::F32 ? asFloat(value) : float(value);
}

int64_t Evaluator::readSize(int64_t which) {
  if (which < 0)
    return which == -1 ? shape.n : shape.k;
  if (!sizes[which]) {
    failAt("size \"" + format.sizes[which] + "\" is not known");
    return 0;
  }
  return *sizes[which];
}

int64_t Evaluator::compute(const Node &node) {
  switch (node.op) {
  case Op::Read:
    return computeRead(node);
  case Op::Table:
    return computeTable(node);
  case Op::Temp:
    return computeTemp(node);
  case Op::Weight:
    return computeWeight(node);
  case Op::Select:
    return eval(eval(node.a) ? node.b : node.c);
  case Op::SplitAt:
  case Op::SplitBy:
  case Op::SplitAll:
    return computeSplit(node);
  default:
    break;
  }
  if (isLoop(node.op))
    return computeLoop(node);
  int64_t a = eval(node.a); // before b: provenance is in this order
  return arithmetic(node, a, node.b >= 0 ? eval(node.b) : 0);
}

int64_t Evaluator::arithmetic(const Node &node, int64_t a, int64_t b) {
  ValueType operands = format.nodes[node.a].type;
  if (operands == ValueType::F32 || node.type == ValueType::F32)
    return floatArithmetic(node, a, b);
  bool overflow = false;
  int64_t value = integerOp(node.op, operands, a, b, overflow);
  if (overflow)
    failAt("index arithmetic (\"" + std::string(opName(node.op)) + "\") leaves 64 bits");
  return value;
}

int64_t Evaluator::floatArithmetic(const Node &node, int64_t a, int64_t b) {
  switch (node.op) {
  case Op::ToF32:
    return fromFloat(float(a));
  case Op::ToI32:
    return truncateToI32(asFloat(a));
  case Op::FromBits:
    return int64_t(uint32_t(a));
  case Op::Bits:
    return int32_t(uint32_t(a));
  case Op::Ldexp:
    return fromFloat(std::ldexp(asFloat(a), int(b)));
  case Op::Round: {
    const RoundTo &to = format.rounds[node.imm];
    uint32_t code = encodeScalar(to.type, asFloat(a), to.mode, to.saturate);
    return to.type.isFloat() ? fromFloat(to.type.decodeFloat(code)) : to.type.decodeInt(code);
  }
  case Op::Eq:
  case Op::Ne:
  case Op::Lt:
  case Op::Le:
  case Op::Gt:
  case Op::Ge:
    return compareFloat(node.op, asFloat(a), asFloat(b));
  default:
    return fromFloat(floatOp(node.op, asFloat(a), asFloat(b)));
  }
}

static bool isLess(ValueType type, int64_t a, int64_t b) {
  return type == ValueType::F32 ? asFloat(a) < asFloat(b) : a < b;
}

int64_t Evaluator::computeLoop(const Node &node) {
  int64_t extent = node.b >= 0 ? eval(node.b) : node.imm;
  if (node.op == Op::Search)
    return computeSearch(node, extent);
  ValueType type = format.nodes[node.a].type;
  int64_t acc = 0, best = 0;
  bool overflow = false;
  for (int64_t v = 0; v < extent && !failed(); ++v) {
    setVar(node.var, v);
    int64_t term = eval(node.a);
    if (node.op != Op::ArgMin)
      acc = foldTerm(node.op, type, v == 0, acc, term, overflow);
    else if (v == 0 || isLess(type, term, acc))
      acc = term, best = v;
  }
  if (overflow)
    failAt("index arithmetic (\"" + std::string(opName(node.op)) + "\") leaves 64 bits");
  return node.op == Op::ArgMin ? best : acc;
}

int64_t Evaluator::computeSearch(const Node &node, int64_t extent) {
  int64_t low = 0, high = extent < 0 ? 0 : extent;
  while (low < high && !failed()) {
    int64_t middle = low + (high - low) / 2;
    setVar(node.var, middle);
    if (eval(node.a))
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

} // namespace quoin::spec
