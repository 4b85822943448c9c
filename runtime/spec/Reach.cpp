#include "runtime/spec/Reach.h"

#include "runtime/spec/Dependence.h"
#include "runtime/spec/Evaluator.h"

namespace quoin::spec {

namespace {

class Reach {
public:
  explicit Reach(Evaluator &evaluator)
      : evaluator(evaluator), format(evaluator.format), depends(dependences(format)) {
    collect(format.decodeValue);
  }

  Result<void> run() {
    for (size_t field = 0; field < format.fields.size(); ++field)
      if (auto ok = checkMap(int32_t(field)); !ok)
        return ok;
    for (int64_t n : {int64_t(0), evaluator.shape.n - 1})
      for (int64_t k : {int64_t(0), evaluator.shape.k - 1})
        for (NodeId read : reads)
          if (auto ok = checkAt(format.nodes[size_t(read)], n, k); !ok)
            return ok;
    return {};
  }

private:
  /// Reads but those in the branches of a choice.
  void collect(NodeId root) {
    std::vector<bool> seen(format.nodes.size());
    std::vector<NodeId> pending = {root};
    while (!pending.empty()) {
      NodeId id = pending.back();
      pending.pop_back();
      if (id < 0 || seen[size_t(id)])
        continue;
      seen[size_t(id)] = true;
      const Node &node = format.nodes[size_t(id)];
      if (node.op == Op::Read || node.op == Op::Table)
        reads.push_back(id);
      pending.push_back(node.a);
      if (node.op != Op::Select)
        pending.insert(pending.end(), {node.b, node.c});
      pending.insert(pending.end(), node.args.begin(), node.args.end());
      pending.insert(pending.end(), node.cuts.begin(), node.cuts.end());
    }
  }

  /// The bits of a field at the corners of its indices are bits of its stream. Those of records are checked with the format.
  Result<void> checkMap(int32_t field) {
    const FieldState &state = evaluator.fields[size_t(field)];
    const int32_t stream = format.fields[size_t(field)].stream;
    if (format.streams[size_t(stream)].isRecord || !state.resolved || state.count == 0 || !evaluator.streams[size_t(stream)].present)
      return {};
    std::vector<int64_t> index(state.extents.size());
    for (size_t corner = 0; corner < size_t(1) << index.size(); ++corner) {
      for (size_t axis = 0; axis < index.size(); ++axis)
        index[axis] = corner >> axis & 1 ? state.extents[axis] - 1 : 0;
      evaluator.locate(field, index);
      if (evaluator.failed())
        return evaluator.takeFailure();
    }
    return {};
  }

  int64_t extentOf(const Node &read, size_t axis) const {
    return read.op == Op::Table ? format.tables[size_t(read.imm)].extents[axis]
                                : evaluator.fields[size_t(read.imm)].extents[axis];
  }

  Result<void> checkAt(const Node &read, int64_t n, int64_t k) {
    if (read.op == Op::Read && !evaluator.fields[size_t(read.imm)].resolved)
      return {};
    for (size_t axis = 0; axis < read.args.size(); ++axis) {
      if (depends[size_t(read.args[axis])] & onOthers)
        continue;
      evaluator.setElement(n, k, n, k);
      int64_t index = evaluator.eval(read.args[axis]), extent = extentOf(read, axis);
      if (evaluator.failed())
        return evaluator.takeFailure();
      if (index < 0 || index >= extent)
        return fail("index " + std::to_string(axis) + " of \"" + nameOf(read) + "\" is " + std::to_string(index) + " at n = " +
                        std::to_string(n) + ", k = " + std::to_string(k) + "; it must be from 0 to " + std::to_string(extent - 1),
                    "the format has no weights there: say so in its text with a requires");
    }
    return {};
  }

  const std::string &nameOf(const Node &read) const {
    return read.op == Op::Table ? format.tables[size_t(read.imm)].name : format.fields[size_t(read.imm)].name;
  }

  Evaluator &evaluator;
  const Format &format;
  std::vector<uint8_t> depends;
  std::vector<NodeId> reads;
};

} // namespace

Result<void> checkReach(Evaluator &evaluator) { return Reach(evaluator).run(); }

} // namespace quoin::spec
