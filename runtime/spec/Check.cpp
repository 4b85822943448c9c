#include "runtime/spec/Check.h"

#include "runtime/spec/Evaluator.h"
#include "runtime/spec/Scope.h"

#include <algorithm>

namespace quoin::spec {

namespace {
class FormatChecker {
public:
  explicit FormatChecker(const Format &format) : format(format) {}
  Result<void> run();

private:
  Result<void> names() const;
  Result<void> counts() const;
  Result<void> types() const;
  Result<void> stream(const Stream &stream, int32_t index) const;
  Result<void> field(const Field &field) const;
  Result<void> tables() const;
  Result<void> permutes() const;
  Result<void> decode() const;
  Result<void> overlays() const;
  Result<void> rule(const EncodeRule &rule, size_t index) const;
  Result<void> storeRule(const EncodeRule &rule) const;
  bool isNode(NodeId id) const { return id >= 0 && size_t(id) < format.nodes.size(); }
  bool isField(int32_t id) const { return id >= 0 && size_t(id) < format.fields.size(); }
  bool isInteger(NodeId id) const { return isNode(id) && format.nodes[id].type != ValueType::F32; }
  bool areIntegers(const std::vector<NodeId> &ids) const;
  bool areVars(const std::vector<VarId> &ids) const;

  const Format &format;
};
} // namespace

bool FormatChecker::areIntegers(const std::vector<NodeId> &ids) const {
  return std::all_of(ids.begin(), ids.end(), [&](NodeId id) { return isInteger(id); });
}

bool FormatChecker::areVars(const std::vector<VarId> &ids) const {
  return std::all_of(ids.begin(), ids.end(), [&](VarId id) { return id >= 0 && size_t(id) < format.vars.size(); });
}

bool isPlain(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return uint8_t(c) < 0x20 || c == 0x7f; });
}

/// Names are printed, on terminals too.
Result<void> FormatChecker::names() const {
  bool plain = isPlain(format.name) && std::all_of(format.vars.begin(), format.vars.end(), isPlain) &&
               std::all_of(format.sizes.begin(), format.sizes.end(), isPlain);
  for (const auto &[key, value] : format.identity)
    plain = plain && isPlain(key);
  for (const Stream &stream : format.streams)
    plain = plain && isPlain(stream.name) && isPlain(stream.suffix);
  for (const Field &field : format.fields)
    plain = plain && isPlain(field.name);
  for (const Table &table : format.tables)
    plain = plain && isPlain(table.name) && isPlain(table.file) && isPlain(table.sha256);
  for (const EncodeRule &rule : format.encode)
    plain = plain && isPlain(rule.name);
  return plain ? Result<void>() : fail("a name of the format holds control characters", "write plain words");
}

Result<void> FormatChecker::counts() const {
  constexpr size_t most = 4096;
  if (format.nodes.size() > 1 << 18 || format.vars.size() > 1 << 16)
    return fail("format \"" + format.name + "\" has more than 2^18 nodes or 2^16 variables");
  for (size_t count :
       {format.streams.size(), format.fields.size(), format.tables.size(), format.rounds.size(), format.sizes.size(),
        format.permutes.size(), format.overlays.size(), format.encode.size(), format.requirements.size()})
    if (count > most)
      return fail("format \"" + format.name + "\" has more than 4096 items of one kind");
  if (format.hasTile && (format.tileRows < 1 || format.tileCols < 1 || format.tileRows > 1 << 20 ||
                         format.tileCols > 1 << 20 || format.tileRows * format.tileCols > 1 << 20))
    return fail("the tile of format \"" + format.name + "\" is out of range", "it has between 1 and 2^20 elements");
  return {};
}

static bool isKnown(const ScalarType &type) {
  if (type.isFloat())
    return ScalarType::parse(type.name()) == type;
  return type.width >= 1 && type.width <= 32 && type == ScalarType{type.kind, type.width};
}

Result<void> FormatChecker::types() const {
  for (const RoundTo &round : format.rounds)
    if (!isKnown(round.type))
      return fail("a rounding has an unknown type");
  for (const Stream &stream : format.streams)
    if (!stream.isRecord && !isKnown(stream.type))
      return fail("stream \"" + stream.name + "\" has an unknown type");
  for (const Field &field : format.fields)
    if (!isKnown(field.type))
      return fail("field \"" + field.name + "\" has an unknown type");
  for (const Table &table : format.tables)
    if (!isKnown(table.type))
      return fail("table \"" + table.name + "\" has an unknown type");
  return {};
}

Result<void> FormatChecker::stream(const Stream &stream, int32_t index) const {
  const std::string name = "stream \"" + stream.name + "\"";
  if (stream.isRecord) {
    if (!format.hasTile)
      return fail(name + " is made of records and the format has no tile", "write tile [rows, cols]");
    if (stream.recordBytes < 1 || stream.recordBytes > 1 << 24)
      return fail(name + " has records of " + std::to_string(stream.recordBytes) + " bytes", "1 to 2^24 are allowed");
    if (stream.optional || stream.field != -1 || !stream.extents.empty())
      return fail(name + " is made of records and can have no extents, default or field of its own");
    return {};
  }
  if (!areIntegers(stream.extents) || stream.extents.size() > size_t(maxRank))
    return fail("the extents of " + name + " are not integers or more than " + std::to_string(maxRank));
  if (stream.field != -1 && (!isField(stream.field) || format.fields[stream.field].stream != index ||
                             format.fields[stream.field].indices.size() != stream.extents.size()))
    return fail("the implicit field of " + name + " is not one of its fields");
  if (!stream.optional)
    return {};
  if (!isNode(stream.defaultValue) || !areVars(stream.defaultVars) ||
      stream.defaultVars.size() != stream.extents.size() || (!stream.type.isFloat() && !isInteger(stream.defaultValue)))
    return fail("the default of " + name + " has the wrong type or number of variables");
  for (size_t id = 0; id < format.fields.size(); ++id)
    if (format.fields[id].stream == index && int32_t(id) != stream.field)
      return fail("field \"" + format.fields[id].name + "\" lies in " + name + ", which may be absent",
                  "an optional stream is read by its own name");
  return {};
}

Result<void> FormatChecker::field(const Field &field) const {
  const std::string name = "field \"" + field.name + "\"";
  if (field.stream < 0 || size_t(field.stream) >= format.streams.size())
    return fail(name + " lies in no stream");
  if (field.indices.size() != field.extents.size() || field.indices.size() > size_t(maxRank) ||
      !areVars(field.indices) || !areIntegers(field.extents))
    return fail(name + " has indices and extents that do not fit");
  if (field.bitVar != -1) {
    if (!areVars({field.bitVar}) || field.slices.size() != 1 || field.slices[0].width != 1)
      return fail(name + " has a map per bit that is not one of width 1");
    return isInteger(field.slices[0].offset) ? Result<void>() : fail("an offset of " + name + " is not an integer");
  }
  int width = 0;
  for (const Slice &slice : field.slices) {
    if (!isInteger(slice.offset) || slice.width < 1)
      return fail("an offset of " + name + " is not an integer");
    width += slice.width;
  }
  if (width != field.type.width)
    return fail(name + " is of type " + field.type.name() + " and its slices have " + std::to_string(width) + " bits");
  return {};
}

Result<void> FormatChecker::tables() const {
  size_t total = 0;
  for (const Table &table : format.tables) {
    int64_t count = 1;
    bool lost = table.extents.size() > size_t(maxRank);
    for (int64_t extent : table.extents)
      lost |= extent < 0 || __builtin_mul_overflow(count, extent, &count);
    if (lost || uint64_t(count) != table.values.size())
      return fail("table \"" + table.name + "\" has " + std::to_string(table.values.size()) +
                  " values, which its extents do not give");
    total += table.values.size();
  }
  return total <= 1 << 26 ? Result<void>() : fail("the tables of format \"" + format.name + "\" are too large");
}

Result<void> FormatChecker::permutes() const {
  bool seen[2] = {};
  for (const Permute &permute : format.permutes) {
    if ((permute.axis != 0 && permute.axis != 1) || !isField(permute.field))
      return fail("a permute names no axis or no field");
    const Field &field = format.fields[permute.field];
    if (field.type.isFloat() || field.indices.size() != 1 || format.streams[field.stream].isRecord)
      return fail("\"" + field.name + "\" cannot order an axis", "it must be an integer stream of one extent");
    if (seen[permute.axis])
      return fail("two permutes order the same axis");
    seen[permute.axis] = true;
  }
  return {};
}

Result<void> FormatChecker::decode() const {
  size_t count = format.decodeVars.size();
  if (!isNode(format.decodeValue) || format.nodes[format.decodeValue].type != ValueType::F32)
    return fail("format \"" + format.name + "\" has no decode expression of type f32");
  if ((count != 1 && count != 2) || !areVars(format.decodeVars))
    return fail("decode has " + std::to_string(count) + " variables", "write decode (i) or decode (n, k)");
  if (count == 1 && !format.hasTile)
    return fail("decode (i) counts elements of a tile and the format has none", "write decode (n, k)");
  if (!areIntegers(format.requirements))
    return fail("a requirement is not an integer", "requires takes a comparison");
  return {};
}

Result<void> FormatChecker::overlays() const {
  for (const Overlay &overlay : format.overlays)
    for (auto [id, isPlace] : {std::pair{overlay.rows, true}, {overlay.cols, true}, {overlay.values, false}}) {
      if (!isField(id))
        return fail("an overlay names no field");
      const Field &field = format.fields[id];
      if (field.indices.size() != 1 || format.streams[field.stream].isRecord || (isPlace && field.type.isFloat()))
        return fail("\"" + field.name + "\" cannot be part of an overlay",
                    "rows and cols are integer streams of one extent, values a stream of one");
    }
  return {};
}

Result<void> FormatChecker::storeRule(const EncodeRule &rule) const {
  int width = 0;
  for (int32_t id : rule.fields) {
    if (!isField(id) || format.fields[id].indices.size() != rule.vars.size())
      return fail("an encode rule names no field or has the wrong number of variables");
    width += format.fields[id].type.width;
  }
  if (rule.fields.empty())
    return fail("an encode rule names no field");
  const Field &target = format.fields[rule.fields[0]];
  if (rule.kind == EncodeRule::Kind::Search)
    return width <= 24 ? Result<void>()
                       : fail("the search for \"" + target.name + "\" tries 2^" + std::to_string(width) + " codes",
                              "at most 24 bits are searched together");
  if (rule.fields.size() != 1 || !isNode(rule.value))
    return fail("the encode rule of \"" + target.name + "\" has no value or more than one field");
  if (!target.type.isFloat() && !isInteger(rule.value))
    return fail("\"" + target.name + "\" is of type " + target.type.name() + " and is encoded by an f32 value",
                "write round(x, si32)");
  return {};
}

Result<void> FormatChecker::rule(const EncodeRule &rule, size_t index) const {
  if (!areVars(rule.vars) || rule.vars.size() > size_t(maxRank))
    return fail("encode rule " + std::to_string(index) + " has variables out of range");
  if (rule.kind != EncodeRule::Kind::Temp)
    return storeRule(rule);
  if (!isNode(rule.value) || rule.extents.size() != rule.vars.size() || !areIntegers(rule.extents))
    return fail("temp \"" + rule.name + "\" has no value, or indices and extents that do not fit");
  return {};
}

Result<void> FormatChecker::run() {
  if (auto ok = counts(); !ok)
    return ok;
  if (auto ok = types(); !ok)
    return ok;
  if (auto ok = names(); !ok)
    return ok;
  for (size_t id = 0; id < format.nodes.size(); ++id)
    if (auto ok = checkNode(format, NodeId(id)); !ok)
      return ok;
  for (size_t i = 0; i < format.fields.size(); ++i)
    if (auto ok = field(format.fields[i]); !ok)
      return ok;
  for (size_t i = 0; i < format.streams.size(); ++i)
    if (auto ok = stream(format.streams[i], int32_t(i)); !ok)
      return ok;
  for (size_t i = 0; i < format.encode.size(); ++i)
    if (auto ok = rule(format.encode[i], i); !ok)
      return ok;
  for (auto check :
       {&FormatChecker::tables, &FormatChecker::permutes, &FormatChecker::decode, &FormatChecker::overlays})
    if (auto ok = (this->*check)(); !ok)
      return ok;
  return checkScopes(format);
}

Result<void> checkFormat(const Format &format) { return FormatChecker(format).run(); }

} // namespace quoin::spec
