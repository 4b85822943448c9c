// The encoder's parts: rules that compute, rules that search. Internal to runtime/spec.
#pragma once

#include "runtime/spec/SearchValues.h"

namespace quoin::spec {

/// Runs the encode rules of a format over one tensor. Rules of record fields run record by record, all of a run of such
/// rules for one record before the next record; rules of planar fields run once.
class Encoder {
public:
  Encoder(const Format &format, Shape shape, std::span<const float> weights);
  Result<OwnedStreams> run();

private:
  Result<void> allocate();
  Result<void> allResolved() const;
  bool isPerRecord(const EncodeRule &rule) const;
  Result<void> runRecords(size_t first, size_t last);
  Result<void> runRule(size_t rule);
  Result<void> runTemp(size_t rule);
  Result<void> runStore(const EncodeRule &rule);
  Result<void> updateOrder(const EncodeRule &rule);
  std::unexpected<Error> failure(const EncodeRule &rule);

  // Search.cpp
  struct Reader; // an element that reads a searched field at a place
  Result<void> runSearch(size_t rule);
  Result<std::vector<Reader>> findReaders(const EncodeRule &rule);
  Result<void> searchPlace(const EncodeRule &rule, SearchValues &values, std::span<const int64_t> index,
                           std::span<const Reader> readers);
  void writeSearched(const EncodeRule &rule, uint32_t code);
  void setElement(int64_t n, int64_t k);

  void writeField(int32_t field, std::span<const int64_t> index, uint32_t code);
  static void writeCode(const std::vector<BitRange> &bits, std::vector<std::vector<uint8_t>> &buffers, uint32_t code);

  const Format &format;
  Evaluator evaluator;
  EncodeState state;
  std::vector<std::vector<uint8_t>> buffers; ///< by stream
  int64_t record = -1;
  std::vector<std::unique_ptr<SearchValues>> searches; ///< by rule, for one run of rules
  std::vector<std::vector<BitRange>> searchedBits;     ///< of the place being searched, by field of the rule
};

/// Counts `index` up in row-major order below `extents`; false after the last.
bool nextIndex(std::vector<int64_t> &index, std::span<const int64_t> extents);

} // namespace quoin::spec
