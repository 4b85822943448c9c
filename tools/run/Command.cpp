#include "tools/run/Command.h"

#include "runtime/file.h"
#include "runtime/spec/Json.h"
#include "tools/run/ModelInput.h"
#include "tools/manual/DescribeOptions.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iostream>
#include <sstream>

namespace quoin {

namespace po = boost::program_options;

CommandLine::CommandLine(std::string usage, size_t maxPositional)
    : usage(std::move(usage)), maxPositional(maxPositional), options("options", 110) {
  add()("help,h", "print this text");
  add()("device", po::value<std::string>()->value_name("NAME")->default_value("cpu"), "where to run: cpu");
  add()("isa", po::value<std::string>()->value_name("NAME"),
        "image to take; if not given the best usable one, for check all of them");
}

void CommandLine::addThreads() {
  add()("threads", po::value<std::string>()->value_name("T"),
        "threads to use; all CPUs this process may run on if not given");
}

void CommandLine::addWeights() {
  add()("weights", po::value<std::vector<std::string>>()->value_name("INPUT"),
        "STREAM=FILE, raw bytes or .npy, once a stream (the name may be left out where the format has one stream); "
        "MODEL.gguf:TENSOR; MODEL.safetensors:PREFIX, whose tensors are called PREFIX.SUFFIX; or a packed file");
  add()("shape", po::value<std::string>()->value_name("N,K"),
        "rows and columns of W; may be left out where a model or a packed file tells them");
}

/// Every "@NAME" and file stands in its place; option names are written in full.
static void storeWords(const Arguments &arguments, const po::options_description &options, po::variables_map &values) {
  po::options_description all;
  all.add(options);
  all.add_options()("positional", po::value<std::vector<std::string>>());
  po::positional_options_description positions;
  positions.add("positional", -1);
  int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
  po::store(po::command_line_parser(arguments).options(all).positional(positions).style(style).run(), values);
  po::notify(values);
}

static Outcome<int> parseThreads(const std::string &text) {
  int threads = 0;
  auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), threads);
  if (code != std::errc() || end != text.data() + text.size() || threads < 1 || threads > 1024)
    return userError(fmt::format("--threads={} is no number of threads", text), "give 1 to 1024");
  return threads;
}

Outcome<bool> CommandLine::parse(const Arguments &arguments) {
  if (arguments == Arguments{tool::describeArgument}) {
    fmt::print("{}", tool::describeCommand("quoin-run " + usage, "", options));
    return false;
  }
  try {
    storeWords(arguments, options, values);
  } catch (const po::error &error) {
    return userError(error.what(), "see quoin-run " + usage.substr(0, usage.find(' ')) + " --help");
  }
  if (has("help")) {
    std::ostringstream text;
    text << options;
    fmt::print("usage: quoin-run {}\n\n{}", usage, text.str());
    return false;
  }
  if (has("positional"))
    words = values["positional"].as<std::vector<std::string>>();
  if (words.size() > maxPositional)
    return userError(fmt::format("\"{}\" is one word too many", words[maxPositional]), "usage: quoin-run " + usage);
  if (text("device") != "cpu")
    return userError(fmt::format("device \"{}\" is not in this build of quoin-run", text("device")),
                     "use --device=cpu");
  threadCount = int(std::clamp<size_t>(allowedCpus().size(), 1, 1024));
  if (has("threads")) {
    auto threads = parseThreads(text("threads"));
    if (!threads)
      return std::unexpected(threads.error());
    threadCount = *threads;
  }
  return true;
}

std::vector<std::string> CommandLine::texts(const char *name) const {
  return has(name) ? values[name].as<std::vector<std::string>>() : std::vector<std::string>();
}

Outcome<void> CommandLine::keepInputs(std::initializer_list<const char *> more) const {
  if (!has("output"))
    return {};
  std::vector<std::string> inputs(words.begin(), words.begin() + ptrdiff_t(std::min<size_t>(words.size(), 1)));
  for (const std::string &weights : texts("weights")) {
    inputs.push_back(weights);
    inputs.push_back(weights.substr(weights.find('=') + 1)); // STREAM=FILE; a file's own name may have a "=", too
    if (auto model = splitModel(weights))
      inputs.push_back(model->path);
  }
  for (const char *option : more)
    inputs.push_back(text(option));
  return quoin::keepInputs("-o", text("output"), inputs);
}

Outcome<std::unique_ptr<quoin_bundle>> CommandLine::loadBundle() const {
  if (words.empty())
    return userError("no bundle is named", "usage: quoin-run " + usage);
  return loadBundleFile(words[0], text("isa"));
}

Outcome<std::vector<const quoin_kernel *>> CommandLine::kernels(const quoin_bundle &bundle,
                                                                std::initializer_list<const char *> ops) const {
  auto serves = [&](const quoin_kernel &kernel) {
    return std::any_of(ops.begin(), ops.end(), [&](const char *op) { return kernel.manifest->op == op; });
  };
  std::vector<const quoin_kernel *> found;
  if (words.size() > 1) {
    if (!words[1].starts_with('@'))
      return userError(fmt::format("\"{}\" is no kernel name", words[1]), "write @ before it");
    auto kernel = findKernel(bundle, words[1].substr(1));
    if (!kernel)
      return located("\"" + words[0] + "\"", kernel.error().error);
    if (!serves(**kernel))
      return userError(fmt::format("kernel \"{}\" is a {} kernel, which this command does not use",
                                   (*kernel)->manifest->name, (*kernel)->manifest->op),
                       "see quoin-run list");
    return std::vector{*kernel};
  }
  for (const quoin_kernel &kernel : bundle.kernels)
    if (serves(kernel))
      found.push_back(&kernel);
  if (found.empty())
    return userError(fmt::format("\"{}\" has no kernel for this command", words[0]), "see quoin-run list");
  return found;
}

Outcome<const quoin_kernel *> CommandLine::oneKernel(const quoin_bundle &bundle,
                                                     std::initializer_list<const char *> ops) const {
  auto found = kernels(bundle, ops);
  if (!found)
    return std::unexpected(found.error());
  if (found->size() == 1)
    return found->front();
  std::string names;
  for (const quoin_kernel *kernel : *found)
    names += (names.empty() ? "@" : ", @") + kernel->manifest->name;
  return userError(fmt::format("\"{}\" has {} kernels", words[0], found->size()), "name one of " + names);
}

Outcome<std::vector<int64_t>> parseShape(const std::string &text, size_t count, const char *names) {
  if (text.empty())
    return userError("the shape is not given", fmt::format("write --shape={}", names));
  std::vector<int64_t> sizes;
  const char *at = text.data(), *end = text.data() + text.size();
  bool good = true;
  do {
    int64_t value = 0;
    auto [next, code] = std::from_chars(at, end, value);
    good = code == std::errc() && value >= 0 && (next == end || *next == ',');
    sizes.push_back(value);
    at = next + 1;
  } while (good && at <= end);
  if (!good || sizes.size() != count)
    return userError(fmt::format("--shape={} is no shape", text), fmt::format("write --shape={}", names));
  return sizes;
}

Outcome<spec::Format> formatOf(const quoin_bundle &bundle, const quoin_kernel &kernel) {
  return *kernel.manifest->weights;
}

std::unexpected<Failure> located(const std::string &where, const Error &error) {
  return userError(where + ": " + error.message, error.hint);
}

Outcome<Threads> Threads::make(int count, bool pin) {
  Threads threads;
  quoin_pool *pool = nullptr;
  quoin_error error;
  if (quoin_pool_create(count, pin, &pool, &error) != QUOIN_OK)
    return failWith(error.status, error.message, error.hint);
  threads.pool.reset(pool);
  threads.launch = quoin_pool_launch(pool);
  return threads;
}

} // namespace quoin
