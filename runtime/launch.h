// Spreading a call over parts, and the small thread pool for callers who have none.
#pragma once

#include "runtime/failure.h"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace quoin {

/// Runs body(i) for i in 0..count-1 as `launch` says (null: on the caller, in ascending order). `body` must not throw.
void runParts(const quoin_launch *launch, int64_t count, const std::function<void(int64_t)> &body);

/// At most how many parts `launch` wants.
inline int64_t partsOf(const quoin_launch *launch) {
  return launch && launch->parallel_for && launch->parts > 1 ? launch->parts : 1;
}

/// CPUs the calling thread may run on, ascending.
std::vector<int> allowedCpus();

/// Keeps the calling thread on one CPU; false when the system refuses.
bool pinThread(int cpu);

} // namespace quoin

/// Workers sleep on a generation counter, after spinning for the time that consecutive calls usually leave between
/// them.
struct quoin_pool {
  quoin_pool(int threads, bool pin);
  ~quoin_pool();

  static void parallelFor(void *pool, int64_t count, void (*body)(void *, int64_t), void *argument);

private:
  void work(int cpu);
  void takeIndices();

  std::mutex oneLaunch;
  void (*body)(void *, int64_t) = nullptr;
  void *argument = nullptr;
  int64_t count = 0;
  std::atomic<int64_t> next{0};
  std::atomic<uint32_t> generation{0};
  std::atomic<uint32_t> busy{0}; ///< workers that have not finished the current generation
  std::atomic<bool> ending{false};
  std::vector<std::jthread> workers;

public:
  const int threads;
};
