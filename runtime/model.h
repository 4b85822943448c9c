// A model's file of either kind, in the form of the C interface.
#pragma once

#include "runtime/file.h"

#include <memory>
#include <string>
#include <vector>

/// What quoin_model stands for. Not changed after it was made.
struct quoin_model {
  quoin::MappedFile file;
  std::vector<std::string> names;            ///< by tensor, what its description points to
  std::vector<std::vector<int64_t>> extents; ///< likewise
  std::vector<quoin_tensor> tensors;
};

namespace quoin {

/// Maps and checks the file at `path`, of the kind that its first bytes say.
Outcome<std::unique_ptr<quoin_model>> openModel(const std::string &path);

/// The tensor of a name.
Outcome<const quoin_tensor *> findTensor(const quoin_model &model, std::string_view name);

} // namespace quoin
