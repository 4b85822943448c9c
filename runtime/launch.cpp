#include "runtime/launch.h"

#include <sched.h>

namespace quoin {

void runParts(const quoin_launch *launch, int64_t count, const std::function<void(int64_t)> &body) {
  if (count > 1 && launch && launch->parallel_for) {
    auto call = [](void *argument, int64_t index) {
      (*static_cast<const std::function<void(int64_t)> *>(argument))(index);
    };
    launch->parallel_for(launch->context, count, call, const_cast<std::function<void(int64_t)> *>(&body));
    return;
  }
  for (int64_t i = 0; i < count; ++i)
    body(i);
}

std::vector<int> allowedCpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<int> cpus;
  if (sched_getaffinity(0, sizeof(set), &set) == 0)
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
      if (CPU_ISSET(cpu, &set))
        cpus.push_back(cpu);
  return cpus;
}

bool pinThread(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  return sched_setaffinity(0, sizeof(set), &set) == 0;
}

} // namespace quoin

static void pauseCpu() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#else
  std::this_thread::yield();
#endif
}

/// Waits until `value` differs from `old`: some 50 microseconds of spinning, then asleep.
static void waitForChange(std::atomic<uint32_t> &value, uint32_t old) {
  for (int spin = 0; spin < 2000; ++spin) {
    if (value.load(std::memory_order_acquire) != old)
      return;
    pauseCpu();
  }
  value.wait(old, std::memory_order_acquire);
}

quoin_pool::quoin_pool(int threads, bool pin) : threads(threads) {
  std::vector<int> cpus = pin ? quoin::allowedCpus() : std::vector<int>();
  try {
    for (int i = 1; i < threads; ++i)
      workers.emplace_back([this, cpu = cpus.empty() ? -1 : cpus[size_t(i) % cpus.size()]] { work(cpu); });
  } catch (...) { // the threads made so far must end before their members do
    ending = true;
    ++generation;
    generation.notify_all();
    workers.clear();
    throw;
  }
}

quoin_pool::~quoin_pool() {
  ending = true;
  ++generation;
  generation.notify_all();
  workers.clear();
}

void quoin_pool::takeIndices() {
  for (int64_t i; (i = next.fetch_add(1, std::memory_order_relaxed)) < count;)
    body(argument, i);
}

void quoin_pool::work(int cpu) {
  if (cpu >= 0)
    quoin::pinThread(cpu);
  for (uint32_t seen = 0;;) {
    waitForChange(generation, seen);
    seen = generation.load(std::memory_order_acquire);
    if (ending)
      return;
    takeIndices();
    if (busy.fetch_sub(1, std::memory_order_acq_rel) == 1)
      busy.notify_all();
  }
}

void quoin_pool::parallelFor(void *context, int64_t count, void (*body)(void *, int64_t), void *argument) {
  quoin_pool &pool = *static_cast<quoin_pool *>(context);
  std::lock_guard lock(pool.oneLaunch);
  pool.body = body;
  pool.argument = argument;
  pool.count = count;
  pool.next.store(0, std::memory_order_relaxed);
  pool.busy.store(uint32_t(pool.workers.size()), std::memory_order_relaxed);
  pool.generation.fetch_add(1, std::memory_order_release);
  pool.generation.notify_all();
  pool.takeIndices();
  for (uint32_t left; (left = pool.busy.load(std::memory_order_acquire)) != 0;)
    waitForChange(pool.busy, left);
}
