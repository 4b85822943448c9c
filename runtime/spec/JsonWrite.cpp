#include "runtime/spec/Json.h"

#include "runtime/spec/Ops.h"

#include <nlohmann/json.hpp>

namespace quoin::spec {

using Json = nlohmann::ordered_json;

/// What is at its default is left out.
static void put(Json &object, const char *key, int64_t value, int64_t usual) {
  if (value != usual)
    object[key] = value;
}
template <typename T> static void put(Json &object, const char *key, const std::vector<T> &values) {
  if (!values.empty())
    object[key] = values;
}
static void put(Json &object, const char *key, const std::string &text) {
  if (!text.empty())
    object[key] = text;
}

static Json writeNode(const Node &node) {
  Json object = {{"op", opName(node.op)}, {"type", valueTypeName(node.type)}};
  put(object, "a", node.a, -1);
  put(object, "b", node.b, -1);
  put(object, "c", node.c, -1);
  put(object, "var", node.var, -1);
  put(object, "imm", node.imm, 0);
  put(object, "args", node.args);
  put(object, "cuts", node.cuts);
  put(object, "vars", node.vars);
  return object;
}

static Json writeStream(const Stream &stream) {
  Json object = {{"name", stream.name}};
  put(object, "suffix", stream.suffix);
  if (stream.isRecord)
    object["record"] = stream.recordBytes;
  else
    object["type"] = stream.type.name(), object["extents"] = stream.extents;
  if (stream.spare)
    object["spare"] = true;
  if (stream.optional)
    object["default"] = {{"vars", stream.defaultVars}, {"value", stream.defaultValue}};
  put(object, "field", stream.field, -1);
  return object;
}

static Json writeField(const Field &field) {
  Json object = {{"name", field.name}, {"type", field.type.name()}, {"stream", field.stream}};
  put(object, "indices", field.indices);
  put(object, "extents", field.extents);
  Json slices = Json::array();
  for (const Slice &slice : field.slices)
    slices.push_back({int(slice.width), slice.offset});
  object["slices"] = std::move(slices);
  put(object, "bit", field.bitVar, -1);
  return object;
}

static Json writeTable(const Table &table) {
  Json object = {
      {"name", table.name}, {"type", table.type.name()}, {"extents", table.extents}, {"values", table.values}};
  put(object, "file", table.file);
  put(object, "sha256", table.sha256);
  return object;
}

static Json writeRule(const EncodeRule &rule) {
  static constexpr const char *kinds[] = {"temp", "store", "search"};
  Json object = {{"kind", kinds[size_t(rule.kind)]}};
  put(object, "name", rule.name);
  put(object, "fields", rule.fields);
  put(object, "vars", rule.vars);
  put(object, "extents", rule.extents);
  put(object, "value", rule.value, -1);
  return object;
}

template <typename T, typename Write> static Json writeAll(const std::vector<T> &items, Write write) {
  Json array = Json::array();
  for (const T &item : items)
    array.push_back(write(item));
  return array;
}

std::string toJson(const Format &format) {
  Json object = {{"name", format.name}};
  object["identity"] = Json::object();
  for (const auto &[name, value] : format.identity)
    object["identity"][name] = value;
  if (format.hasTile)
    object["tile"] = {format.tileRows, format.tileCols};
  object["vars"] = format.vars;
  object["sizes"] = format.sizes;
  object["nodes"] = writeAll(format.nodes, writeNode);
  object["rounds"] = writeAll(format.rounds, [](const RoundTo &round) {
    return Json{{"type", round.type.name()}, {"mode", roundingName(round.mode)}, {"saturate", round.saturate}};
  });
  object["requires"] = format.requirements;
  object["streams"] = writeAll(format.streams, writeStream);
  object["fields"] = writeAll(format.fields, writeField);
  object["tables"] = writeAll(format.tables, writeTable);
  object["permutes"] = writeAll(format.permutes, [](const Permute &permute) {
    return Json{{"axis", permute.axis}, {"field", permute.field}, {"stored_to_logical", permute.storedToLogical}};
  });
  object["decode"] = {{"vars", format.decodeVars}, {"value", format.decodeValue}};
  object["overlays"] = writeAll(format.overlays, [](const Overlay &overlay) {
    return Json{{"add", overlay.add}, {"rows", overlay.rows}, {"cols", overlay.cols}, {"values", overlay.values}};
  });
  object["encode"] = writeAll(format.encode, writeRule);
  // Names that are not UTF-8 are written with replacement characters rather than not at all.
  return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

} // namespace quoin::spec
