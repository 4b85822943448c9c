// Where names of formats lead: declarations in files given, in folders of the path, and in the library built in.
//
//   quoin::Library library;
//   if (auto added = library.addFile("mine.mlir"); !added) ...
//   auto found = library.find("@example_4bit");    // Result: found->format is resolved, or error() says why not
#pragma once

#include "dialect/Resolve.h"
#include "runtime/spec/Result.h"

#include "mlir/IR/MLIRContext.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace quoin {

/// A text built into the program.
struct EmbeddedText {
  const char *name; ///< as in "formats/example.mlir"
  std::string_view text;
};
/// All of dialect/formats and dialect/policies, generated when the program is built.
llvm::ArrayRef<EmbeddedText> embeddedTexts();

/// A format by the name it was asked for.
struct FoundFormat {
  spec::Format format;   ///< resolved; its name is the declared one, or the family's with the numbers asked for
  std::string source;    ///< text of the `quoin.format` op as it stands in its file
  std::string origin;    ///< file, or "quoin/..." for the library built in
  FormatOp op;           ///< owned by the library
  Parameters parameters; ///< what its instance binds
  /// Files that it was made of: `origin`, if it is one, and those of its tables.
  std::vector<std::string> files;
};

struct ListedFormat {
  std::string name; ///< as declared; a family is listed by its pattern
  std::string origin;
  std::string comment; ///< lines of comment before the declaration, without slashes
  bool isFamily = false;
  bool available = false;
  std::string reason; ///< why it is not available
};

/// An error where one of the folders that --path names is none.
Result<void> checkFolders(const std::vector<std::string> &path);

/// Declarations of several texts, looked up without regard to case. Earlier texts hide later ones: files added, folders
/// given, folders of QUOIN_PATH, the library built in. Owns its MLIR context, which everything it hands out lives in;
/// one thread at a time. Prints nothing.
class Library {
public:
  /// `path`: folders whose *.mlir files are read, before those of QUOIN_PATH. They also give files of tables.
  explicit Library(std::vector<std::string> path = {});
  Library(Library &&) noexcept;
  Library &operator=(Library &&) noexcept;
  ~Library();

  /// Parses and checks a file; every declaration in it comes before those already there. The error has file and line.
  Result<void> addFile(const std::string &file);
  /// The same for a text; `name` stands for the file in messages.
  Result<void> addText(std::string_view text, const std::string &name);

  /// The format of that name, with or without "@": a `quoin.format` or what a `quoin.instance` binds. An unknown name,
  /// a text that does not verify and a missing file of a table are errors.
  Result<FoundFormat> find(std::string_view name);
  /// The policy of that name, verified.
  Result<PolicyOp> findPolicy(std::string_view name);
  /// Kernels of the texts added, in order.
  std::vector<KernelOp> kernels();

  /// Every format that `find` would find, each resolved once, in the order of lookup.
  std::vector<ListedFormat> list();

  mlir::MLIRContext &context();

private:
  struct Impl;
  std::unique_ptr<Impl> impl;
};

} // namespace quoin
