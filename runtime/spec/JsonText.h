// A parsed JSON text whose end asks for no memory: the library's own destructor does, and may not fail.
#pragma once

#include "runtime/spec/Format.h"
#include "runtime/spec/Result.h"

#include <nlohmann/json.hpp>

#include <set>
#include <string_view>
#include <vector>

namespace quoin::spec {

class JsonText {
public:
  /// The value stays null where the text is no JSON, which `isValid` says.
  explicit JsonText(std::string_view text) { parse(text); }
  JsonText(const JsonText &) = delete;
  JsonText &operator=(const JsonText &) = delete;
  ~JsonText() { empty(root); }

  bool isValid() const { return valid; }
  /// An object names a key twice: two readers could disagree over which one counts.
  bool hasDuplicates() const { return duplicates; }
  const nlohmann::json &value() const { return root; }

private:
  using Json = nlohmann::json;

  /// The library's builder of values, which also sees keys that come twice.
  struct Builder : nlohmann::detail::json_sax_dom_parser<Json> {
    explicit Builder(JsonText &text) : json_sax_dom_parser(text.root, /*allow_exceptions=*/false), text(text) {}

    bool start_object(size_t elements) {
      keys.emplace_back();
      return json_sax_dom_parser::start_object(elements);
    }
    bool key(Json::string_t &name) {
      text.duplicates |= !keys.back().insert(name).second;
      return json_sax_dom_parser::key(name);
    }
    bool end_object() {
      keys.pop_back();
      return json_sax_dom_parser::end_object();
    }

    JsonText &text;
    std::vector<std::set<std::string>> keys;
  };

  void parse(std::string_view text) {
    try {
      Builder builder(*this);
      valid = Json::sax_parse(text, &builder) && !builder.is_errored();
    } catch (...) {
      empty(root); // what was built so far
      throw;
    }
  }

  /// Innermost first, so that no value is destroyed that still holds others. Readers bound the depth.
  static void empty(Json &json) {
    if (auto *array = json.get_ptr<Json::array_t *>()) {
      for (Json &child : *array)
        empty(child);
      array->clear();
    } else if (auto *object = json.get_ptr<Json::object_t *>()) {
      for (auto &[key, child] : *object)
        empty(child);
      object->clear();
    }
  }

  Json root;
  bool valid = false, duplicates = false;
};

/// As fromJson, of what is parsed already.
Result<Format> fromJsonValue(const nlohmann::json &value);

} // namespace quoin::spec
