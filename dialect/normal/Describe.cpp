// The normal form as text, for people and for the attribute that the compiler prints.
#include "dialect/NormalForm.h"
#include "runtime/spec/Print.h"

#include <fmt/format.h>

namespace quoin {

using namespace quoin::spec;

static std::string along(const Variation &variation) {
  auto axis = [](int64_t period, const char *name) {
    return period == 0   ? fmt::format("all of {}", name)
           : period == 1 ? fmt::format("each {}", name)
                         : fmt::format("{} of {}", period, name);
  };
  return axis(variation.nPeriod, "n") + ", " + axis(variation.kPeriod, "k");
}

/// In parentheses where it is a sum, since it becomes a factor or is subtracted.
static std::string factorText(const Format &format, NodeId id) {
  Op op = format.nodes[id].op;
  std::string text = printExpression(format, id);
  return op == Op::Add || op == Op::Sub ? "(" + text + ")" : text;
}

static std::string zeroText(const NormalTerm &term, const Format &format) {
  std::string text;
  if (term.zeroNode >= 0)
    text = factorText(format, term.zeroNode);
  if (term.zero != 0)
    text += text.empty() ? std::to_string(term.zero) : fmt::format(" + {}", term.zero);
  return text;
}

static std::string codeText(const NormalTerm &term) {
  std::string text = fmt::format("code {} in [{:g}, {:g}], {} bits", term.integer ? "integer" : "real", term.lo,
                                 term.hi, term.elementBits);
  if (!term.integer && term.unit != 0)
    text += fmt::format(", {:g} x integer", term.unit);
  if (term.affineInBits)
    text += ", affine";
  if (term.storedTable)
    text += ", stored table";
  if (term.positions > 1)
    text += fmt::format(", {} functions by position", term.positions);
  if (term.vectorLength > 1)
    text += fmt::format(", {} neighbours share bits", term.vectorLength);
  return text;
}

std::string describe(const NormalForm &form, const Format &format) {
  std::string group = form.group == 0 ? "K" : std::to_string(form.group);
  bool general = form.kind == NormalForm::Kind::General;
  std::string text = fmt::format("{}{}: {}\n", kindName(form.kind), general ? "" : ", group " + group, form.why);
  for (const NormalTerm &term : form.terms) {
    std::string zero = zeroText(term, format);
    std::string code = printExpression(format, term.code);
    text += fmt::format("  {} x ({}{}{})\n", term.coefficient < 0 ? "1" : factorText(format, term.coefficient), code,
                        zero.empty() ? "" : " - ", term.zeroNode >= 0 && term.zero != 0 ? "(" + zero + ")" : zero);
    text += fmt::format("    coefficient per {}{}; {}\n", along(term.coefficientVaries),
                        term.zeroNode >= 0 ? "; zero per " + along(term.zeroVaries) : "", codeText(term));
    if (term.sub >= 0)
      text +=
          fmt::format("    sub-scale {} = {:g} x integer in [{}, {}] per {}; outer {} per {}\n",
                      printExpression(format, term.sub), term.subUnit, term.subLo, term.subHi, along(term.subVaries),
                      term.outer < 0 ? "1" : printExpression(format, term.outer), along(term.outerVaries));
  }
  if (form.bias.coefficient >= 0)
    text += fmt::format("  bias {} per {}\n", printExpression(format, form.bias.coefficient),
                        along(form.bias.coefficientVaries));
  return text;
}

} // namespace quoin
