// What a program offers, as data: manuals and shell completions are made from it (manuals.py), so that no option is
// described twice. Every tool prints it for the one argument --describe, a line of JSON for each command.
#pragma once

#include <boost/program_options.hpp>

#include <map>
#include <string>
#include <vector>

namespace quoin::tool {

/// The argument that asks for it; not among the options that help lists.
inline constexpr const char *describeArgument = "--describe";

/// One command, or a program without commands: its usage without "[options]", a sentence on it, its options, and for
/// options whose values the value name does not list ("packed|stored") these values. Ends with a line break.
std::string describeCommand(const std::string &usage, const std::string &about,
                            const boost::program_options::options_description &options,
                            const std::map<std::string, std::vector<std::string>> &values = {});

/// The line before those of a program's commands: its name, a sentence on it, and what each command does.
std::string describeProgram(const std::string &name, const std::string &about,
                            const std::vector<std::pair<std::string, std::string>> &commands);

} // namespace quoin::tool
