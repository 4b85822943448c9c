// The state of `resolve`: what the names of one format mean, and the resolved format as far as it is built. Private to
// Resolve*.cpp.
#pragma once

#include "dialect/Resolve.h"
#include "runtime/spec/NodeBuilder.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/MapVector.h"

#include <tuple>

namespace quoin {

/// What a name declared in a format means. `position` is in the list of the resolved format that its kind says (-1: not
/// there yet), or the value of a parameter.
struct Declaration {
  enum class Kind { Parameter, Let, Size, Stream, Field, Table, Temp } kind;
  mlir::Operation *op;
  int64_t position = -1;
  bool active = false; ///< being resolved: meeting it again is a cycle
};

/// Where an expression stands, which says what it may read.
enum class Place : uint8_t {
  Constant, ///< nothing: numbers and parameters
  Table,    ///< also tables
  Size,     ///< also N, K, sizes
  Extent,   ///< also elements of earlier streams, at constant indices
  Stored,   ///< also fields, streams and tables
  Encode,   ///< also the weights and temps
};

class Resolver {
public:
  Resolver(FormatOp format, const Parameters &parameters, TableFiles files)
      : formatOp(format), parameters(parameters), files(files), builder(out) {}

  mlir::FailureOr<spec::Format> run();

private:
  using Node = mlir::FailureOr<spec::NodeId>;

  // Resolve.cpp: the order of things, and checks of the whole.
  mlir::LogicalResult bindParameters();
  mlir::LogicalResult declareNames();
  mlir::LogicalResult declare(mlir::Operation *op, llvm::StringRef name, Declaration::Kind kind);
  mlir::LogicalResult resolveTile();
  mlir::LogicalResult resolveIdentity();
  mlir::LogicalResult checkLets();
  mlir::LogicalResult checkSizes();
  mlir::LogicalResult checkForm();

  // ResolveChecks.cpp
  mlir::LogicalResult checkIndexRanges();
  mlir::LogicalResult checkBits();

  // ResolveStorage.cpp
  mlir::LogicalResult resolveStreams();
  mlir::LogicalResult resolveRecordStream(StreamOp op, spec::Stream &stream);
  mlir::LogicalResult resolvePlanarStream(StreamOp op, spec::Stream &stream);
  mlir::LogicalResult resolveDefaults();
  mlir::LogicalResult declareFields();
  mlir::LogicalResult resolveMaps();
  mlir::LogicalResult resolveMap(FieldOp op, spec::Field &field);
  mlir::LogicalResult checkCycles();

  // ResolveTable.cpp
  mlir::LogicalResult resolveTable(TableOp op, Declaration &declaration);
  mlir::LogicalResult writtenElements(TableOp op, spec::Table &table);
  mlir::LogicalResult computedElements(TableOp op, spec::Table &table);
  mlir::LogicalResult fileElements(TableOp op, spec::Table &table);

  // ResolveValues.cpp
  mlir::LogicalResult resolveRequires(RequiresOp op);
  mlir::LogicalResult resolvePermute(PermuteOp op);
  mlir::LogicalResult resolveDecode();
  mlir::LogicalResult resolveOverlay(OverlayOp op);
  mlir::LogicalResult resolveTemp(TempOp op);
  mlir::LogicalResult resolveEncode(EncodeOp op);
  /// Whether rules so far have given the field its bits, or its absent stream needs none.
  bool isEncoded(int32_t field) const;
  /// The field or stream of one index that `name` stands for; `what` says what it is needed for.
  mlir::FailureOr<int32_t> vectorField(mlir::Operation *op, llvm::StringRef name, llvm::StringRef what, bool integer);

  // ResolveNames.cpp: names in expressions. These and those of ResolveExpr.cpp report their own failures.
  Node name(ExprAttr expr);
  Node index(ExprAttr expr);
  Node readDeclared(ExprAttr expr, Declaration &declaration, std::vector<spec::NodeId> indices);
  Node readField(ExprAttr expr, int32_t field, std::vector<spec::NodeId> indices);
  Node expandLet(ExprAttr expr, LetOp let, std::vector<spec::NodeId> arguments);
  Declaration *lookup(llvm::StringRef name);
  Node unknown(ExprAttr expr, llvm::StringRef what, llvm::ArrayRef<llvm::StringRef> names);
  llvm::SmallVector<llvm::StringRef> visibleNames();

  // ResolveExpr.cpp: expressions as typed nodes.
  Node expression(ExprAttr expr);
  Node call(ExprAttr expr);
  Node roundCall(ExprAttr expr);
  Node loop(ExprAttr expr);
  Node letIn(ExprAttr expr);
  Node split(ExprAttr expr);
  mlir::FailureOr<std::vector<spec::NodeId>> expressions(llvm::ArrayRef<ExprAttr> exprs);
  mlir::LogicalResult checkDivisor(ExprAttr expr, spec::NodeId divisor);
  /// The node, or the builder's error said at `expr`.
  Node check(ExprAttr expr, Result<spec::NodeId> node);

  /// An expression at a place, for an op. Variables in scope stay.
  Node at(mlir::Operation *op, Place place, ExprAttr expr);
  /// The same as an exact integer, of type Index.
  Node indexAt(mlir::Operation *op, Place place, ExprAttr expr);
  /// A constant of an op, at least `least`. `what` names it in messages.
  mlir::FailureOr<int64_t> constantAt(mlir::Operation *op, ExprAttr expr, llvm::StringRef what, int64_t least,
                                      int64_t most);
  /// Extents: sizes, of type Index and, where they are constant, positive.
  mlir::LogicalResult extentsAt(mlir::Operation *op, Place place, mlir::ArrayAttr exprs, llvm::StringRef what,
                                std::vector<spec::NodeId> &extents);
  mlir::FailureOr<spec::ScalarType> typeAt(mlir::Operation *op, ExprAttr type);
  mlir::FailureOr<spec::ScalarType> scalarType(ExprAttr type);
  /// Makes variables and puts them in scope.
  std::vector<spec::VarId> bindVariables(mlir::ArrayAttr names);
  spec::NodeId bind(llvm::StringRef name);

  /// A diagnostic at the op whose expression is being resolved, with notes at the ops that use it.
  mlir::InFlightDiagnostic error();

  /// Names in scope of the innermost expression, outermost first.
  using Scope = llvm::SmallVector<std::pair<llvm::StringRef, spec::NodeId>, 8>;

  FormatOp formatOp;
  const Parameters &parameters;
  TableFiles files;
  spec::Format out;
  spec::NodeBuilder builder;

  llvm::MapVector<llvm::StringRef, Declaration> declarations;
  llvm::SmallVector<mlir::Operation *>
      fieldOps; ///< by position in Format::fields: the field or stream that declares it
  llvm::DenseSet<int32_t> encodedFields, encodedStreams; ///< by rules so far
  /// Expressions that are evaluated with stored data, and whose they are.
  llvm::SmallVector<std::pair<spec::NodeId, mlir::Operation *>> roots;
  Scope scope;
  mlir::Operation *current = nullptr;
  llvm::SmallVector<mlir::Operation *> users; ///< ops whose expressions led to `current`, outermost first
  Place place = Place::Constant;
  int depth = 0;
  std::map<std::tuple<mlir::Operation *, Place, std::vector<spec::NodeId>>, spec::NodeId> expansions;
};

} // namespace quoin
