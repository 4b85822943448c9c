#include "tools/manual/DescribeOptions.h"

#include <nlohmann/json.hpp>

namespace quoin::tool {

namespace po = boost::program_options;
using nlohmann::json;

static json describeOption(const po::option_description &option) {
  std::string longName = option.canonical_display_name(po::command_line_style::allow_long);
  std::string shortName = option.canonical_display_name(po::command_line_style::allow_dash_for_short);
  json names = json::array({longName});
  if (shortName != longName && shortName.starts_with("-"))
    names.insert(names.begin(), shortName);
  json entry = {{"names", names}, {"text", option.description()}};
  if (option.semantic()->max_tokens() == 0)
    return entry;
  std::string value = option.semantic()->name(); // "VALUE (=default)"
  size_t end = value.find(" (=");
  entry["value"] = value.substr(0, end);
  if (end != std::string::npos)
    entry["default"] = value.substr(end + 3, value.size() - end - 4);
  return entry;
}

std::string describeCommand(const std::string &usage, const std::string &about, const po::options_description &options,
                            const std::map<std::string, std::vector<std::string>> &values) {
  json list = json::array();
  for (const auto &option : options.options()) {
    list.push_back(describeOption(*option));
    if (auto found = values.find(option->long_name()); found != values.end())
      list.back()["values"] = found->second;
  }
  return json{{"usage", usage}, {"about", about}, {"options", list}}.dump() + "\n";
}

std::string describeProgram(const std::string &name, const std::string &about,
                            const std::vector<std::pair<std::string, std::string>> &commands) {
  return json{{"program", name}, {"about", about}, {"commands", commands}}.dump() + "\n";
}

} // namespace quoin::tool
