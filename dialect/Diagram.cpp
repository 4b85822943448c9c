#include "dialect/Diagram.h"

#include "runtime/spec/Print.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <fmt/format.h>
#include <iterator>

namespace quoin {

using namespace quoin::spec;

static constexpr size_t textRowBits = 64, svgRowBits = 32;
/// Rows drawn of one stream; large planar streams repeat themselves.
static constexpr size_t maxTextRows = 24, maxSvgRows = 72;

/// One letter a field: the first free one of its name, else any.
static std::vector<char> lettersOf(const Format &format) {
  std::vector<char> letters;
  std::string used;
  for (const Field &field : format.fields) {
    std::string wanted = field.name + "abcdefghijklmnopqrstuvwxyz";
    char letter = '?';
    for (char each : wanted) {
      each = char(std::tolower(static_cast<unsigned char>(each)));
      if (each < 'a' || each > 'z' || used.find(each) != std::string::npos)
        continue;
      letter = each;
      break;
    }
    used += letter;
    letters.push_back(letter);
  }
  return letters;
}

static bool sameElement(const BitOwner &a, const BitOwner &b) { return a.field == b.field && a.element == b.element; }

/// Letters of one row; the case changes with each element of a field.
static std::string rowText(const BitMap &map, size_t from, size_t to, const std::vector<char> &letters) {
  std::string row;
  bool upper = false;
  for (size_t bit = from; bit < to; ++bit) {
    const BitOwner &owner = map.owners[bit];
    if (bit > from && bit % 8 == 0)
      row += ' ';
    if (owner.field < 0) {
      row += '.';
      continue;
    }
    if (bit == from)
      upper = false;
    else if (!sameElement(owner, map.owners[bit - 1]))
      upper = map.owners[bit - 1].field == owner.field && !upper;
    row += upper ? char(std::toupper(letters[owner.field])) : letters[owner.field];
  }
  return row;
}

static std::string streamText(const BitMap &map, const std::vector<char> &letters) {
  std::string text, previous;
  size_t equal = 0, printed = 0, bits = map.owners.size();
  auto flush = [&] {
    if (equal > 0)
      text += fmt::format("          {} more row{} like this\n", equal, equal == 1 ? "" : "s");
    equal = 0;
  };
  for (size_t from = 0; from < bits; from += textRowBits) {
    std::string row = rowText(map, from, std::min(bits, from + textRowBits), letters);
    if (row == previous) {
      ++equal;
      continue;
    }
    flush();
    if (printed++ == maxTextRows) {
      text += fmt::format("          and {} more bits\n", bits - from);
      return text;
    }
    text += fmt::format("  {:>6}  {}\n", from / 8, row);
    previous = row;
  }
  flush();
  return text;
}

static std::string extentsText(const Format &format, const std::vector<VarId> &vars,
                               const std::vector<NodeId> &extents) {
  std::string text;
  for (size_t axis = 0; axis < extents.size(); ++axis)
    text += fmt::format("{}{}: {}", axis ? ", " : "[", format.vars[vars[axis]], printExpression(format, extents[axis]));
  return text.empty() ? text : text + "]";
}

static std::string slicesText(const Format &format, const Field &field) {
  if (field.bitVar >= 0)
    return fmt::format("bit {}: {}", format.vars[field.bitVar], printExpression(format, field.slices[0].offset));
  if (field.slices.size() == 1)
    return printExpression(format, field.slices[0].offset);
  std::string text;
  for (const Slice &slice : field.slices)
    text += fmt::format("{}{}: {}", text.empty() ? "(" : ", ", slice.width, printExpression(format, slice.offset));
  return text + ")";
}

static std::string streamHeading(const Format &format, const Stream &stream) {
  if (stream.isRecord)
    return fmt::format("stream {}: records of {} bytes for {} x {} weights", stream.name, stream.recordBytes,
                       format.tileRows, format.tileCols);
  std::string extents;
  for (NodeId extent : stream.extents)
    extents += (extents.empty() ? "" : ", ") + printExpression(format, extent);
  return fmt::format("stream {}: {} [{}]{}", stream.name, stream.type.name(), extents,
                     stream.optional ? ", optional" : "");
}

/// Implicit fields of streams that have declared ones are not drawn.
static bool isDrawn(const Format &format, size_t field) {
  int32_t stream = format.fields[field].stream;
  if (format.streams[stream].field != int32_t(field))
    return true;
  return std::none_of(format.fields.begin(), format.fields.end(),
                      [&](const Field &each) { return each.stream == stream && &each != &format.fields[field]; });
}

static std::string legendText(const Format &format, int32_t stream, const std::vector<char> &letters) {
  std::string text;
  for (size_t id = 0; id < format.fields.size(); ++id) {
    const Field &field = format.fields[id];
    if (field.stream == stream && isDrawn(format, id))
      text +=
          fmt::format("  {}  {}{} : {} at {}\n", letters[id], field.name,
                      extentsText(format, field.indices, field.extents), field.type.name(), slicesText(format, field));
  }
  return text;
}

Result<std::string> diagramText(const Format &format) {
  auto shape = diagramShape(format);
  if (!shape)
    return std::unexpected(shape.error());
  auto letters = lettersOf(format);
  std::string text;
  for (size_t stream = 0; stream < format.streams.size(); ++stream) {
    const Stream &source = format.streams[stream];
    text += streamHeading(format, source) + "\n" + legendText(format, int32_t(stream), letters);
    auto map = mapBits(format, int32_t(stream), *shape, diagramSizes(format, *shape));
    if (!map) {
      text += "  not drawn: " + map.error().message + "\n";
      continue;
    }
    if (!source.isRecord)
      text += fmt::format("  byte    bits, low bit first, for N = {}, K = {}\n", shape->n, shape->k);
    else
      text += "  byte    bits, low bit first\n";
    text += streamText(*map, letters);
  }
  return text;
}

static std::string escapeXml(std::string_view text) {
  std::string result;
  for (char each : text)
    result += each == '<'   ? "&lt;"
              : each == '>' ? "&gt;"
              : each == '&' ? "&amp;"
              : each == '"' ? "&quot;"
                            : std::string(1, each);
  return result;
}

namespace {

/// Draws boxes of bits row by row, streams below each other.
class Svg {
public:
  Svg(const Format &format, Shape shape) : format(format), shape(shape) {}

  void addStream(const BitMap &map) {
    heading(streamHeading(format, format.streams[map.stream]));
    size_t rows = std::min((map.owners.size() + svgRowBits - 1) / svgRowBits, maxSvgRows);
    for (size_t row = 0; row < rows; ++row)
      addRow(map, row * svgRowBits, std::min(map.owners.size(), (row + 1) * svgRowBits));
    if (rows * svgRowBits < map.owners.size())
      heading(fmt::format("and {} more bits", map.owners.size() - rows * svgRowBits));
    y += 12;
  }

  void heading(const std::string &text) {
    y += 20;
    body += fmt::format("<text x=\"8\" y=\"{}\" font-weight=\"bold\">{}</text>\n", y - 6, escapeXml(text));
  }

  std::string finish() const {
    return fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" "
                       "font-family=\"sans-serif\" font-size=\"11\">\n<rect width=\"{0}\" height=\"{1}\" "
                       "fill=\"white\"/>\n{2}</svg>\n",
                       left + int(svgRowBits) * cell + 10, y + 10, body);
  }

private:
  void addRow(const BitMap &map, size_t from, size_t to) {
    body += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"end\" fill=\"#555\">{}</text>\n", left - 6, y + 15,
                        from / 8);
    for (size_t bit = from; bit < to;) {
      size_t end = bit + 1;
      while (end < to && sameElement(map.owners[end], map.owners[bit]) &&
             map.owners[end].bit == map.owners[end - 1].bit + 1)
        ++end;
      box(map.owners[bit], int(bit - from), int(end - bit));
      bit = end;
    }
    y += 22;
  }

  void box(const BitOwner &owner, int at, int count) {
    static constexpr std::array<const char *, 8> colors = {"#cfe2f3", "#fce5cd", "#d9ead3", "#f4cccc",
                                                           "#d9d2e9", "#fff2cc", "#d0e0e3", "#ead1dc"};
    int width = count * cell;
    std::string label = "spare", color = "#eeeeee";
    if (owner.field >= 0) {
      label = elementName(format, owner.field, owner.element, shape, diagramSizes(format, shape));
      if (count < format.fields[owner.field].type.width)
        label += count == 1 ? fmt::format(" bit {}", owner.bit)
                            : fmt::format(" bits {}..{}", owner.bit, owner.bit + count - 1);
      color = colors[size_t(owner.field) % colors.size()];
    }
    std::string shown = label.size() * 6 > size_t(width) ? label.substr(0, size_t(width) / 6) : label;
    body += fmt::format(
        "<g><title>{}</title><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"20\" fill=\"{}\" stroke=\"#888\"/>"
        "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text></g>\n",
        escapeXml(label), left + at * cell, y, width, color, left + at * cell + width / 2, y + 14, escapeXml(shown));
  }

  static constexpr int left = 60, cell = 26;
  const Format &format;
  Shape shape;
  std::string body;
  int y = 4;
};

} // namespace

Result<std::string> diagramSvg(const Format &format) {
  auto shape = diagramShape(format);
  if (!shape)
    return std::unexpected(shape.error());
  Svg svg(format, *shape);
  for (size_t stream = 0; stream < format.streams.size(); ++stream) {
    auto map = mapBits(format, int32_t(stream), *shape, diagramSizes(format, *shape));
    if (map)
      svg.addStream(*map);
    else
      svg.heading(format.streams[stream].name + " is not drawn: " + map.error().message);
  }
  return svg.finish();
}

} // namespace quoin
