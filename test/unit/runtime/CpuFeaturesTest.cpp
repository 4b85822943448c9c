#include "runtime/cpu_features.h"

#include <algorithm>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

using namespace quoin;

TEST(CpuFeatures, namesAreKnown) {
  EXPECT_TRUE(isKnownFeature("avx512vnni"));
  EXPECT_TRUE(isKnownFeature("i8mm"));
  EXPECT_FALSE(isKnownFeature("avx9000"));
  EXPECT_FALSE(hasFeature("avx9000"));
  for (std::string_view feature : hostFeatures())
    EXPECT_TRUE(isKnownFeature(feature) && hasFeature(feature)) << feature;
}

#if defined(__x86_64__) && defined(__linux__)
// The kernel's own list, which leaves out what it does not save.
TEST(CpuFeatures, agreesWithTheSystem) {
  std::ifstream in("/proc/cpuinfo");
  std::string line;
  while (std::getline(in, line) && !line.starts_with("flags"))
    ;
  if (!line.starts_with("flags"))
    GTEST_SKIP() << "the system does not list flags";
  std::istringstream words(line);
  std::vector<std::string> flags{std::istream_iterator<std::string>(words), {}};
  const std::pair<const char *, const char *> pairs[] = {{"sse2", "sse2"},
                                                         {"ssse3", "ssse3"},
                                                         {"sse4.2", "sse4_2"},
                                                         {"avx", "avx"},
                                                         {"avx2", "avx2"},
                                                         {"fma", "fma"},
                                                         {"f16c", "f16c"},
                                                         {"bmi2", "bmi2"},
                                                         {"lzcnt", "abm"},
                                                         {"avx512f", "avx512f"},
                                                         {"avx512vnni", "avx512_vnni"},
                                                         {"avx512bf16", "avx512_bf16"},
                                                         {"avxvnni", "avx_vnni"},
                                                         {"gfni", "gfni"},
                                                         {"vaes", "vaes"}};
  for (auto [ours, theirs] : pairs)
    EXPECT_EQ(hasFeature(ours), std::find(flags.begin(), flags.end(), theirs) != flags.end()) << ours;
}
#endif
