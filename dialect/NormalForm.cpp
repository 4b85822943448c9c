#include "dialect/NormalForm.h"

#include "dialect/normal/Elsewhere.h"
#include "dialect/normal/Terms.h"

#include <algorithm>
#include <cmath>
#include <deque>

namespace quoin {

using namespace quoin::spec;

const char *kindName(NormalForm::Kind kind) {
  switch (kind) {
  case NormalForm::Kind::Affine:
    return "affine";
  case NormalForm::Kind::ScalarTable:
    return "scalar table";
  case NormalForm::Kind::VectorTable:
    return "vector table";
  case NormalForm::Kind::AffineRounded:
    return "affine, rounded";
  case NormalForm::Kind::General:
    return "general";
  }
  return "";
}

double NormalForm::accumulatorBound(int64_t length) const {
  double largest = 0;
  for (const NormalTerm &term : terms) {
    if (term.unit == 0 || !std::isfinite(term.lo) || !std::isfinite(term.hi))
      return std::numeric_limits<double>::infinity();
    double zeroLo = double(term.zero + term.zeroLo), zeroHi = double(term.zero + term.zeroHi);
    for (double value : {term.lo, term.hi, term.lo - zeroHi, term.hi - zeroLo})
      largest = std::max(largest, std::fabs(value / term.unit));
  }
  return terms.empty() ? std::numeric_limits<double>::infinity() : largest * 127 * double(length);
}

/// What holds beside the decode expression.
static std::string remarks(const Format &format) {
  std::string text;
  for (const Permute &permute : format.permutes)
    text += "; the order of " + std::string(permute.axis == 0 ? "n" : "k") + " is \"" +
            format.fields[permute.field].name + "\"";
  for (const Overlay &overlay : format.overlays)
    text += "; \"" + format.fields[overlay.values].name + "\" is " + (overlay.add ? "added to" : "put in place of") +
            " single values";
  return text;
}

static void makeGeneral(NormalForm &form) {
  form.kind = NormalForm::Kind::General;
  form.terms.clear();
  form.bias = {};
  form.group = 0;
}

static Result<NormalForm> analyse(Format &format) {
  auto shapes = normal::sampleShapes(format);
  if (!shapes)
    return std::unexpected(shapes.error());
  NodeBuilder builder(format);
  normal::Scan scan(format, *shapes);
  normal::Decomposer decomposer(format, builder, scan);
  NormalForm form;
  auto polynomial = decomposer.decompose(format.decodeValue);
  if (polynomial)
    normal::assembleTerms(format, builder, scan, decomposer, *polynomial, form);
  else
    form.why = decomposer.why;
  if (form.kind != NormalForm::Kind::General)
    if (std::string why = normal::failureElsewhere(format, scan, decomposer, form); !why.empty())
      form.kind = NormalForm::Kind::General, form.why = std::move(why);
  if (form.why.empty())
    form.why = "no stored bits are a single weight's own";
  if (form.kind == NormalForm::Kind::General)
    makeGeneral(form);
  form.why += remarks(format);
  return form;
}

namespace {
/// A format beside what its analysis makes of it.
struct Analysed {
  Format format, completed;
  NormalForm normal;
};
} // namespace

Result<NormalForm> normalForm(Format &format) {
  constexpr size_t most = 8;
  static thread_local std::deque<Analysed> known; // checks and passes ask for the same one after the other
  for (const Analysed &each : known)
    if (each.format == format) {
      format = each.completed;
      return each.normal;
    }
  Format given = format;
  Result<NormalForm> normal = analyse(format);
  if (!normal)
    return normal;
  known.push_front({std::move(given), format, *normal});
  if (known.size() > most)
    known.pop_back();
  return normal;
}

} // namespace quoin
