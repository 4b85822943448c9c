// Command lines of quoin-format: what all commands share.
#pragma once

#include "dialect/Library.h"
#include "runtime/spec/Evaluate.h"
#include "tools/format/Command.h"

#include <boost/program_options.hpp>

namespace quoin::tool {

/// Options of one command. `positional` names the plain arguments for its usage line, as "@NAME [FILE.mlir]".
class Options {
public:
  Options(std::string command, std::string positional, std::string description);

  /// Adds to the options; --help and --path are there already.
  boost::program_options::options_description_easy_init add() { return options.add_options(); }

  /// Fills `values` and `plain`. Unknown options, missing values and more than `maxPlain` plain arguments are errors.
  Result<void> parse(const Arguments &arguments, size_t maxPlain);
  /// Help or the description of options was asked for: help() is all there is to say.
  bool wantsHelp() const { return describes || values.count("help") != 0; }
  Report help() const;

  template <typename T> T get(const char *name) const { return values[name].as<T>(); }
  bool has(const char *name) const { return values.count(name) != 0; }
  std::vector<std::string> all(const char *name) const;

  std::vector<std::string> plain;

  /// The library with the --path folders, and plain[1] where it is given.
  Result<Library> library() const;
  /// The format plain[0].
  Result<FoundFormat> format(Library &library) const;
  /// An error where `output`, given with `option`, is the format's text or one of the files `inputs`.
  Result<void> keepInputs(const std::string &option, const std::string &output, const FoundFormat &found,
                          std::vector<std::string> inputs) const;

private:
  std::string command, positional, description;
  bool describes = false;
  boost::program_options::options_description options;
  boost::program_options::variables_map values;
};

/// "N,K": both at least 1, and N * K floats addressable.
Result<spec::Shape> parseShape(const std::string &text);

} // namespace quoin::tool
