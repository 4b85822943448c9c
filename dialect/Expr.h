// Expressions of the description language as trees: their kinds, and how they are read and written. The grammar is that
// of docs/language.md; names are not resolved here.
#pragma once

#include "mlir/IR/Attributes.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/OpImplementation.h"

#include <cstdint>

namespace quoin {

/// What a node of an expression is. "name", "value", "vars" and "operands" are the members of ExprAttr.
enum class ExprKind : uint8_t {
  Int,   ///< literal `value`; name is its text where it was written in hexadecimal
  Float, ///< literal with the f32 bits `value`
  Name,  ///< `name`, without index
  Type,  ///< element type `name`; operand: the width of `ui<E>` and `si<E>`
  Neg,   ///< -a
  Add,
  Sub, ///< infix operators: two operands
  Mul,
  Div,
  FloorDiv,
  CeilDiv,
  Mod,
  Eq,
  Lt,
  Le,
  Gt,
  Ge,
  Index,    ///< name[operands]
  Call,     ///< name(operands); `round` has a Type and Names among them
  Loop,     ///< name(vars[0]: operands[0], operands[1])
  Let,      ///< let name = operands[0] in operands[1]
  SplitAt,  ///< split operands[0] at (cuts) { (vars[j]) -> branch j }: operands are the value, cuts, branches
  SplitBy,  ///< split operands[0] by name { (vars[j]) -> operands[1 + j] }
  SplitAll, ///< split operands[0] by name as (vars[0], vars[1]) -> operands[1]
};

class ExprAttr;

/// A function of the language that takes a fixed number of arguments.
struct Function {
  llvm::StringRef name;
  size_t arguments;
};
/// The functions by name; loops and `round` have forms of their own and are among `reservedFunctions` only.
const Function *findFunction(llvm::StringRef name);
/// Every name that stands for a function, a loop or `round`: a let cannot have it.
llvm::ArrayRef<llvm::StringRef> reservedFunctions();

/// How deep an expression may nest, counted in operators, calls and parentheses. It bounds every recursion over trees.
constexpr int maxExprDepth = 256;

/// Parses an expression as it stands in an op. `inBrackets`: it stands in `< >` and spells comparisons as calls.
mlir::ParseResult parseExpr(mlir::AsmParser &parser, ExprAttr &result, bool inBrackets = false);
/// Parses an element type: `ui4`, `f16`, `ui<bits>`.
mlir::ParseResult parseElementType(mlir::AsmParser &parser, ExprAttr &result);
/// Parses the bit map after `at (`: either `E: E, E: E)`, or `E)` and what follows it as one expression.
mlir::ParseResult parseSlices(mlir::AsmParser &parser, llvm::SmallVectorImpl<mlir::Attribute> &widths,
                              llvm::SmallVectorImpl<mlir::Attribute> &offsets);
/// Parses a plain word or a string as a name.
mlir::ParseResult parseName(mlir::AsmParser &parser, mlir::StringAttr &result);
mlir::OptionalParseResult parseOptionalName(mlir::AsmParser &parser, mlir::StringAttr &result);

void printExpr(llvm::raw_ostream &os, ExprAttr expr, bool inBrackets = false);
/// Prints a name, in quotes where it is no plain word.
void printName(llvm::raw_ostream &os, llvm::StringRef name);
/// The expression as messages quote it: one line, shortened in the middle where it is long.
std::string describe(ExprAttr expr);

/// "a", "b" or "c".
std::string quotedList(llvm::ArrayRef<llvm::StringRef> names);
/// The name nearest to `name` by edits, or nothing where none is near.
llvm::StringRef nearestName(llvm::StringRef name, llvm::ArrayRef<llvm::StringRef> names);

} // namespace quoin
