// Encoding by exhaustion: every code of a field is tried against the weights that read it.
#include "runtime/spec/Encoder.h"

#include <algorithm>
#include <limits>

namespace quoin::spec {

/// Stored position (n, k), whose value depends on the searched fields at `place` (row-major).
struct Encoder::Reader {
  int64_t place;
  int64_t n, k;
  auto operator<=>(const Reader &) const = default;
};

void Encoder::setElement(int64_t n, int64_t k) {
  auto logical = [&](int axis, int64_t at) {
    return state.logicalOf[axis].empty() ? at : state.logicalOf[axis][size_t(at)];
  };
  evaluator.setElement(n, k, logical(0, n), logical(1, k));
}

/// All elements (of the record, or of the tensor) with the places they read, ordered by place and then position.
Result<std::vector<Encoder::Reader>> Encoder::findReaders(const EncodeRule &rule) {
  const Shape shape = evaluator.shape;
  int64_t firstN = 0, firstK = 0, rows = shape.n, cols = shape.k;
  if (isPerRecord(rule)) {
    int64_t perRow = shape.k / format.tileCols;
    rows = format.tileRows, cols = format.tileCols;
    firstN = record / perRow * rows, firstK = record % perRow * cols;
  }
  std::vector<Reader> readers;
  ReadLog log;
  evaluator.log = &log;
  for (int64_t n = firstN; n < firstN + rows; ++n)
    for (int64_t k = firstK; k < firstK + cols; ++k) {
      log.fields.clear();
      log.bits.clear();
      evaluator.invalidate();
      setElement(n, k);
      evaluator.eval(format.decodeValue);
      for (const ReadLog::FieldRead &read : log.fields)
        if (std::find(rule.fields.begin(), rule.fields.end(), read.field) != rule.fields.end())
          readers.push_back({read.element, n, k});
      // A code of 0 may decode to nothing; what was read up to there counts.
      if (evaluator.failed())
        (void)evaluator.takeFailure();
    }
  evaluator.log = nullptr;
  std::sort(readers.begin(), readers.end());
  readers.erase(std::unique(readers.begin(), readers.end()), readers.end());
  return readers;
}

/// The first field of a joint search is the high part of the code.
void Encoder::writeSearched(const EncodeRule &rule, uint32_t code) {
  for (size_t i = rule.fields.size(); i-- > 0;) {
    writeCode(searchedBits[i], buffers, code);
    code >>= format.fields[rule.fields[i]].type.width;
    evaluator.touch(rule.fields[i]);
  }
}

/// Stores the best code of one place. Of equal errors the lowest code wins.
Result<void> Encoder::searchPlace(const EncodeRule &rule, SearchValues &values, std::span<const int64_t> index,
                                  std::span<const Reader> readers) {
  searchedBits.clear();
  int width = 0;
  for (int32_t field : rule.fields) {
    searchedBits.push_back(evaluator.locate(field, index));
    width += format.fields[field].type.width;
  }
  if (evaluator.failed())
    return failure(rule);
  std::vector<double> errors(size_t(1) << width, 0.0);
  for (const Reader &reader : readers) {
    setElement(reader.n, reader.k);
    const auto &[rows, cols] = state.logicalOf;
    int64_t n = rows.empty() ? reader.n : rows[size_t(reader.n)];
    int64_t k = cols.empty() ? reader.k : cols[size_t(reader.k)];
    double want = state.weights[size_t(n * evaluator.shape.k + k)];
    const std::vector<float> &got = values.at(reader.place);
    for (size_t code = 0; code < errors.size(); ++code) {
      double difference = want - double(got[code]);
      errors[code] += difference * difference;
    }
  }
  uint32_t best = 0;
  double least = std::numeric_limits<double>::infinity();
  bool found = false;
  for (uint32_t code = 0; code < errors.size(); ++code)
    if (errors[code] < least || (!found && errors[code] == least))
      best = code, least = errors[code], found = true;
  writeSearched(rule, best);
  return {};
}

Result<void> Encoder::runSearch(size_t number) {
  const EncodeRule &rule = format.encode[number];
  const std::vector<int64_t> extents = evaluator.fields[rule.fields[0]].extents;
  for (int32_t field : rule.fields)
    if (evaluator.fields[field].extents != extents)
      return fail("\"" + format.fields[rule.fields[0]].name + "\" and \"" + format.fields[field].name +
                  "\" are searched together and have different extents");
  if (evaluator.fields[rule.fields[0]].count == 0)
    return {};
  if (!searches[number])
    searches[number] =
        std::make_unique<SearchValues>(evaluator, rule, [this, &rule](uint32_t code) { writeSearched(rule, code); });
  auto readers = findReaders(rule);
  if (!readers)
    return std::unexpected(readers.error());
  std::vector<int64_t> index(extents.size());
  int64_t place = 0;
  auto begin = readers->begin();
  do {
    auto end = begin;
    while (end != readers->end() && end->place == place)
      ++end;
    if (auto ok = searchPlace(rule, *searches[number], index, {begin, end}); !ok)
      return ok;
    begin = end;
    ++place;
  } while (nextIndex(index, extents));
  evaluator.clearPosition();
  return {};
}

} // namespace quoin::spec
