#include "tools/format/Checks.h"

#include "dialect/normal/EvaluateTerms.h"
#include "tools/format/SampleStreams.h"
#include "tools/format/Streams.h"

#include <fmt/format.h>
#include <limits>

namespace quoin::tool {

using namespace quoin::spec;

namespace {

/// Codes tried of a field wider than 16 bits.
constexpr int64_t sampledCodes = 4096;

/// Tries the codes of one field after the other, the rest of the streams being sample contents.
class CodeCheck {
public:
  CodeCheck(Format format, NormalForm form, Shape shape)
      : format(std::move(format)), form(std::move(form)), shape(shape) {}

  Result<Finding> run() {
    auto sample = sampleStreams(format, shape);
    if (!sample)
      return std::unexpected(sample.error());
    streams = std::move(*sample);
    auto places = fieldPlaces(format, shape, streams);
    if (!places)
      return std::unexpected(places.error());
    fields = std::move(*places);
    auto bound = BoundFormat::bind(format, shape, viewOf(streams));
    if (!bound)
      return std::unexpected(bound.error());
    if (auto ok = findReaders(*bound); !ok)
      return std::unexpected(ok.error());
    for (size_t field = 0; field < fields.size(); ++field)
      tryField(*bound, field);
    return finding;
  }

private:
  using Weight = std::pair<int64_t, int64_t>;

  /// For each element of each field, one weight that reads it.
  Result<void> findReaders(BoundFormat &bound) {
    std::map<std::pair<int32_t, int64_t>, std::pair<size_t, int64_t>> elementAt; // stream, bit -> field, element
    for (size_t field = 0; field < fields.size(); ++field) {
      readers.emplace_back(size_t(fields[field].elements()), Weight{-1, -1});
      for (size_t bit = 0; bit < fields[field].bits.size(); ++bit)
        elementAt[{format.fields[fields[field].field].stream, fields[field].bits[bit]}] = {
            field, int64_t(bit) / fields[field].width};
    }
    for (int64_t n = 0; n < shape.n; ++n)
      for (int64_t k = 0; k < shape.k; ++k) {
        auto ranges = bound.provenance(n, k);
        if (!ranges)
          return std::unexpected(ranges.error());
        for (const BitRange &range : *ranges)
          if (auto found = elementAt.find({range.stream, range.bit}); found != elementAt.end())
            if (Weight &reader = readers[found->second.first][found->second.second]; reader.first < 0)
              reader = {n, k};
      }
    return {};
  }

  void tryField(BoundFormat &bound, size_t which) {
    const FieldPlaces &places = fields[which];
    const Field &field = format.fields[places.field];
    std::vector<int64_t> elements;
    for (int64_t element = 0; element < places.elements(); ++element)
      if (readers[which][element].first >= 0)
        elements.push_back(element);
    if (elements.empty()) {
      finding.text += fmt::format("  {}: no weight reads it\n", field.name);
      return;
    }
    bool all = places.width <= 16;
    int64_t count = all ? int64_t(1) << places.width : sampledCodes, refused = 0;
    std::vector<uint8_t> &bytes = streams[format.streams[field.stream].name];
    std::vector<uint8_t> kept = bytes;
    for (int64_t first = 0; first < count; first += int64_t(elements.size())) {
      for (size_t at = 0; at < elements.size(); ++at)
        places.store(bytes, elements[at], codeNumber((first + int64_t(at)) % count, all));
      if (!bound.rebind(viewOf(streams))) { // a permutation or lengths that are none
        refused += int64_t(elements.size());
        continue;
      }
      for (int64_t element : elements)
        tryWeight(bound, field, readers[which][element], refused);
    }
    bytes = std::move(kept);
    finding.text +=
        fmt::format("  {}: {} codes{}{}\n", field.name, count, all ? "" : " of 2^" + std::to_string(places.width),
                    refused > 0 ? fmt::format(", {} reads refused as indices out of range", refused) : "");
  }

  static uint32_t codeNumber(int64_t number, bool all) {
    return all ? uint32_t(number) : uint32_t(number) * 0x9E3779B1u;
  }

  void tryWeight(BoundFormat &bound, const Field &field, Weight at, int64_t &refused) {
    auto value = bound.decode(at.first, at.second);
    if (!value) {
      ++refused;
      return;
    }
    // Overlays and permutations come after the expression that the normal form is about.
    if (form.kind == NormalForm::Kind::General || !format.permutes.empty() || !format.overlays.empty())
      return;
    auto terms = evaluateTerms(bound, form, at.first, at.second);
    if ((terms && agrees(*value, *terms)) || finding.state == Finding::State::Failed)
      return;
    finding.state = Finding::State::Failed;
    finding.text +=
        fmt::format("  {}: W[{}, {}] decodes to {:.9g}, and the normal form says {:.9g}\n", field.name, at.first,
                    at.second, *value, terms ? terms->value : std::numeric_limits<double>::quiet_NaN());
  }

  Format format;
  NormalForm form;
  Shape shape;
  OwnedStreams streams;
  std::vector<FieldPlaces> fields;
  std::vector<std::vector<Weight>> readers;
  Finding finding;
};

} // namespace

Finding checkCodes(const Format &format) {
  Format completed = format;
  auto form = normalForm(completed);
  auto shape = workShape(format);
  if (!form || !shape)
    return {Finding::State::Skipped, "  " + (form ? shape.error().message : form.error().message) + "\n"};
  if (form->group) { // the form is about whole groups
    Shape whole = {shape->n, (shape->k + form->group - 1) / form->group * form->group};
    shape = checkShape(format, whole) ? whole : *shape;
  }
  auto finding = CodeCheck(completed, *form, *shape).run();
  if (!finding)
    return {Finding::State::Skipped, "  " + finding.error().message + "\n"};
  return *finding;
}

} // namespace quoin::tool
