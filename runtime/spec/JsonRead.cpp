// The JSON form read back. Shape and ranges are checked here, meaning by checkFormat.
#include "runtime/spec/Json.h"

#include "runtime/spec/Check.h"
#include "runtime/spec/JsonText.h"
#include "runtime/spec/Ops.h"

#include <algorithm>
#include <limits>

namespace quoin::spec {

using Json = nlohmann::json;

namespace {
/// The first error is kept; reads after it give defaults.
class Reader {
public:
  Format read(const Json &root);
  std::optional<Error> error;

private:
  /// A JSON object whose keys are taken one by one.
  struct Object {
    const Json *json;
    std::string path;
    std::vector<std::string_view> taken = {}; // a handful, and literals
  };

  void failAt(const std::string &path, const std::string &message) {
    if (!error)
      error = Error{"resolved format, " + path + ": " + message, ""};
  }
  Object open(const Json &json, const std::string &path);
  void close(const Object &object);
  const Json *find(Object &object, const char *key, bool required);
  static bool isInteger(const Json &json, int64_t low, int64_t high);
  int64_t toInteger(const Json &json, const std::string &path, int64_t low, int64_t high);
  int64_t integer(Object &object, const char *key, int64_t low, int64_t high, std::optional<int64_t> usual = {});
  int32_t id(Object &object, const char *key, std::optional<int64_t> usual = {}) {
    return int32_t(integer(object, key, -1, INT32_MAX, usual));
  }
  std::string text(Object &object, const char *key, bool required);
  bool flag(Object &object, const char *key, bool required);
  ScalarType type(Object &object, const char *key);
  template <typename T>
  std::vector<T> integers(Object &object, const char *key, bool required, int64_t low, int64_t high);
  std::vector<int32_t> ids(Object &object, const char *key, bool required = false) {
    return integers<int32_t>(object, key, required, 0, INT32_MAX);
  }
  std::vector<std::string> texts(Object &object, const char *key);
  template <typename T> std::vector<T> objects(Object &parent, const char *key, T (Reader::*read)(Object &));

  Node node(Object &object);
  RoundTo round(Object &object);
  Stream stream(Object &object);
  Field field(Object &object);
  Table table(Object &object);
  Permute permute(Object &object);
  Overlay overlay(Object &object);
  EncodeRule rule(Object &object);
};
} // namespace

Reader::Object Reader::open(const Json &json, const std::string &path) {
  static const Json empty = Json::object();
  if (json.is_object())
    return {&json, path};
  failAt(path, "an object is needed");
  return {&empty, path};
}

void Reader::close(const Object &object) {
  for (const auto &[key, value] : object.json->items())
    if (std::find(object.taken.begin(), object.taken.end(), key) == object.taken.end())
      failAt(object.path, "unknown key \"" + key + "\"");
}

const Json *Reader::find(Object &object, const char *key, bool required) {
  object.taken.push_back(key);
  auto found = object.json->find(object.taken.back());
  if (found != object.json->end())
    return &*found;
  if (required)
    failAt(object.path, std::string("key \"") + key + "\" is missing");
  return nullptr;
}

bool Reader::isInteger(const Json &json, int64_t low, int64_t high) {
  bool fits = json.is_number_integer() && !(json.is_number_unsigned() && json.get<uint64_t>() > uint64_t(INT64_MAX));
  return fits && json.get<int64_t>() >= low && json.get<int64_t>() <= high;
}

int64_t Reader::toInteger(const Json &json, const std::string &path, int64_t low, int64_t high) {
  if (isInteger(json, low, high))
    return json.get<int64_t>();
  failAt(path, "an integer from " + std::to_string(low) + " to " + std::to_string(high) + " is needed");
  return low;
}

int64_t Reader::integer(Object &object, const char *key, int64_t low, int64_t high, std::optional<int64_t> usual) {
  const Json *json = find(object, key, !usual);
  if (!json)
    return usual.value_or(low);
  if (isInteger(*json, low, high))
    return json->get<int64_t>();
  return toInteger(*json, object.path + "." + key, low, high); // says where
}

std::string Reader::text(Object &object, const char *key, bool required) {
  const Json *json = find(object, key, required);
  if (json && json->is_string())
    return json->get<std::string>();
  if (json)
    failAt(object.path + "." + key, "a string is needed");
  return {};
}

bool Reader::flag(Object &object, const char *key, bool required) {
  const Json *json = find(object, key, required);
  if (json && json->is_boolean())
    return json->get<bool>();
  if (json)
    failAt(object.path + "." + key, "true or false is needed");
  return false;
}

ScalarType Reader::type(Object &object, const char *key) {
  std::string name = text(object, key, true);
  auto type = ScalarType::parse(name);
  if (!type)
    failAt(object.path + "." + key, "\"" + name + "\" is no scalar type");
  return type.value_or(ScalarType());
}

template <typename T>
std::vector<T> Reader::integers(Object &object, const char *key, bool required, int64_t low, int64_t high) {
  const Json *json = find(object, key, required);
  std::vector<T> values;
  if (!json)
    return values;
  std::string path = object.path + "." + key;
  if (!json->is_array())
    failAt(path, "an array is needed");
  else
    for (const Json &item : *json)
      values.push_back(T(toInteger(item, path, low, high)));
  return values;
}

std::vector<std::string> Reader::texts(Object &object, const char *key) {
  const Json *json = find(object, key, true);
  std::vector<std::string> values;
  if (!json)
    return values;
  bool fits = json->is_array();
  for (size_t i = 0; fits && i < json->size(); ++i)
    if ((fits = (*json)[i].is_string()))
      values.push_back((*json)[i].get<std::string>());
  if (!fits)
    failAt(object.path + "." + key, "an array of strings is needed");
  return values;
}

template <typename T> std::vector<T> Reader::objects(Object &parent, const char *key, T (Reader::*read)(Object &)) {
  const Json *json = find(parent, key, true);
  std::vector<T> items;
  if (!json)
    return items;
  std::string path = parent.path + "." + key;
  if (!json->is_array())
    failAt(path, "an array is needed");
  for (size_t i = 0; json->is_array() && i < json->size() && !error; ++i) {
    Object object = open((*json)[i], path + "[" + std::to_string(i) + "]");
    items.push_back((this->*read)(object));
    close(object);
  }
  return items;
}

Node Reader::node(Object &object) {
  Node node;
  std::string op = text(object, "op", true), type = text(object, "type", true);
  auto known = opFromName(op);
  auto knownType = valueTypeFromName(type);
  if (!known || !knownType)
    failAt(object.path, "unknown operation \"" + op + "\" or type \"" + type + "\"");
  node.op = known.value_or(Op::Int);
  node.type = knownType.value_or(ValueType::Index);
  node.a = id(object, "a", -1);
  node.b = id(object, "b", -1);
  node.c = id(object, "c", -1);
  node.var = id(object, "var", -1);
  node.imm = integer(object, "imm", INT64_MIN, INT64_MAX, 0);
  node.args = ids(object, "args");
  node.cuts = ids(object, "cuts");
  node.vars = ids(object, "vars");
  return node;
}

RoundTo Reader::round(Object &object) {
  std::string mode = text(object, "mode", true);
  auto known = roundingFromName(mode);
  if (!known)
    failAt(object.path, "unknown rounding \"" + mode + "\"");
  return {type(object, "type"), known.value_or(Rounding::NearestEven), flag(object, "saturate", true)};
}

Stream Reader::stream(Object &object) {
  Stream stream;
  stream.name = text(object, "name", true);
  stream.suffix = text(object, "suffix", false);
  stream.isRecord = object.json->contains("record");
  if (stream.isRecord) {
    stream.recordBytes = integer(object, "record", 1, INT32_MAX);
  } else {
    stream.type = type(object, "type");
    stream.extents = ids(object, "extents", true);
  }
  stream.spare = flag(object, "spare", false);
  if (const Json *json = find(object, "default", false)) {
    Object inner = open(*json, object.path + ".default");
    stream.optional = true;
    stream.defaultVars = ids(inner, "vars", true);
    stream.defaultValue = id(inner, "value");
    close(inner);
  }
  stream.field = id(object, "field", -1);
  return stream;
}

Field Reader::field(Object &object) {
  Field field;
  field.name = text(object, "name", true);
  field.type = type(object, "type");
  field.stream = id(object, "stream");
  field.indices = ids(object, "indices");
  field.extents = ids(object, "extents");
  if (const Json *json = find(object, "slices", true)) {
    std::string path = object.path + ".slices";
    if (!json->is_array())
      failAt(path, "an array is needed");
    for (size_t i = 0; json->is_array() && i < json->size(); ++i) {
      const Json &pair = (*json)[i];
      if (!pair.is_array() || pair.size() != 2) {
        failAt(path, "pairs of width and offset are needed");
        break;
      }
      field.slices.push_back(
          {uint8_t(toInteger(pair[0], path, 1, 32)), NodeId(toInteger(pair[1], path, 0, INT32_MAX))});
    }
  }
  field.bitVar = id(object, "bit", -1);
  return field;
}

Table Reader::table(Object &object) {
  Table table;
  table.name = text(object, "name", true);
  table.type = type(object, "type");
  table.extents = integers<int64_t>(object, "extents", true, 0, INT64_MAX);
  table.values = integers<uint32_t>(object, "values", true, 0, UINT32_MAX);
  table.file = text(object, "file", false);
  table.sha256 = text(object, "sha256", false);
  return table;
}

Permute Reader::permute(Object &object) {
  return {int(integer(object, "axis", 0, 1)), id(object, "field"), flag(object, "stored_to_logical", true)};
}

Overlay Reader::overlay(Object &object) {
  return {flag(object, "add", true), id(object, "rows"), id(object, "cols"), id(object, "values")};
}

EncodeRule Reader::rule(Object &object) {
  EncodeRule rule{};
  std::string kind = text(object, "kind", true);
  if (kind == "temp")
    rule.kind = EncodeRule::Kind::Temp;
  else if (kind == "store")
    rule.kind = EncodeRule::Kind::Store;
  else if (kind == "search")
    rule.kind = EncodeRule::Kind::Search;
  else
    failAt(object.path, "unknown kind \"" + kind + "\"");
  rule.name = text(object, "name", false);
  rule.fields = ids(object, "fields");
  rule.vars = ids(object, "vars");
  rule.extents = ids(object, "extents");
  rule.value = id(object, "value", -1);
  return rule;
}

Format Reader::read(const Json &json) {
  Format format;
  Object root = open(json, "root");
  format.name = text(root, "name", true);
  if (const Json *identity = find(root, "identity", true)) {
    Object inner = open(*identity, "root.identity");
    for (const auto &[key, value] : inner.json->items())
      format.identity[key] = toInteger(value, "root.identity." + key, INT64_MIN, INT64_MAX);
  }
  std::vector<int64_t> tile = integers<int64_t>(root, "tile", false, 1, 1 << 20);
  format.hasTile = root.json->contains("tile");
  if (format.hasTile && tile.size() != 2)
    failAt("root.tile", "rows and columns are needed");
  else if (format.hasTile)
    format.tileRows = tile[0], format.tileCols = tile[1];
  format.vars = texts(root, "vars");
  format.sizes = texts(root, "sizes");
  format.nodes = objects(root, "nodes", &Reader::node);
  format.rounds = objects(root, "rounds", &Reader::round);
  format.requirements = ids(root, "requires", true);
  format.streams = objects(root, "streams", &Reader::stream);
  format.fields = objects(root, "fields", &Reader::field);
  format.tables = objects(root, "tables", &Reader::table);
  format.permutes = objects(root, "permutes", &Reader::permute);
  if (const Json *decode = find(root, "decode", true)) {
    Object inner = open(*decode, "root.decode");
    format.decodeVars = ids(inner, "vars", true);
    format.decodeValue = id(inner, "value");
    close(inner);
  }
  format.overlays = objects(root, "overlays", &Reader::overlay);
  format.encode = objects(root, "encode", &Reader::rule);
  close(root);
  return format;
}

/// Bounds nesting before the text is parsed.
static bool nestsDeeper(std::string_view text, int limit) {
  int depth = 0;
  bool inString = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (inString && c == '\\')
      ++i;
    else if (c == '"')
      inString = !inString;
    else if (!inString)
      depth += (c == '[' || c == '{') - (c == ']' || c == '}');
    if (depth > limit)
      return true;
  }
  return false;
}

Result<Format> fromJson(std::string_view text) {
  constexpr size_t maxBytes = size_t(64) << 20;
  if (text.size() > maxBytes)
    return fail("a resolved format of " + std::to_string(text.size()) + " bytes is too large",
                "at most 64 MiB are read");
  if (nestsDeeper(text, 16))
    return fail("a resolved format nests deeper than 16 levels");
  JsonText json(text);
  if (!json.isValid())
    return fail("the resolved format is not valid JSON");
  return fromJsonValue(json.value());
}

Result<Format> fromJsonValue(const Json &value) {
  Reader reader;
  Format format = reader.read(value);
  if (reader.error)
    return std::unexpected(*reader.error);
  if (auto ok = checkFormat(format); !ok)
    return std::unexpected(ok.error());
  return format;
}

} // namespace quoin::spec
