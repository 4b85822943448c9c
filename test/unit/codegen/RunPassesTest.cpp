#include "codegen/RunPasses.h"

#include "mlir/Pass/Pass.h"

#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

using namespace mlir;
using namespace quoin;

namespace {
struct FailingPass : PassWrapper<FailingPass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(FailingPass)
  explicit FailingPass(bool explains) : explains(explains) {}
  StringRef getArgument() const override { return "test-fail"; }
  void runOnOperation() override {
    getOperation()->setAttr("changed", UnitAttr::get(&getContext()));
    if (explains)
      getOperation().emitError("because");
    signalPassFailure();
  }
  bool explains;
};

std::string errorOf(bool explains, std::string &diagnostics) {
  MLIRContext context;
  OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(&context));
  (*module)->setAttr("original", UnitAttr::get(&context));
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    diagnostics += diagnostic.str();
    return success();
  });
  auto addPass = [&](OpPassManager &passes) { passes.addPass(std::make_unique<FailingPass>(explains)); };
  Result<void> done = runPasses(*module, addPass, "the test");
  return done ? "" : done.error().message + "; " + done.error().hint;
}
} // namespace

TEST(RunPasses, whoExplainsIsHeard) {
  std::string diagnostics;
  EXPECT_EQ(errorOf(true, diagnostics), "compilation stopped at the test; ");
  EXPECT_EQ(diagnostics, "because");
}

TEST(RunPasses, silentFailuresLeaveAReproducer) {
  std::string diagnostics, message = errorOf(false, diagnostics);
  EXPECT_EQ(diagnostics, "");
  EXPECT_TRUE(message.starts_with("compilation stopped at the test without a reason; report it with the file /"))
      << message;
  size_t from = message.find('/');
  std::string path = message.substr(from, message.find(',', from) - from);
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_NE(text.str().find("--pass-pipeline='builtin.module(test-fail)'"), std::string::npos) << text.str();
  EXPECT_NE(text.str().find("original"), std::string::npos);
  EXPECT_EQ(text.str().find("changed"), std::string::npos) << "as it was before the passes";
  std::remove(path.c_str());
}
