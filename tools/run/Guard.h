// Operands between pages that may not be touched: a read or write outside one stops the check with a sentence.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace quoin {

/// Where in its pages an operand lies: just before the guard page behind it, or just behind the one before it.
enum class Placement { AtEnd, AtStart };

class GuardedBuffer {
public:
  /// Where alignment leaves bytes between the operand and a guard page they are filled with a pattern.
  GuardedBuffer(const char *name, size_t bytes, size_t alignment, Placement placement);
  GuardedBuffer(GuardedBuffer &&other) noexcept;
  GuardedBuffer &operator=(GuardedBuffer &&) = delete;
  ~GuardedBuffer();

  uint8_t *data() const { return begin; }
  template <typename T> T *as() const { return reinterpret_cast<T *>(begin); }
  size_t size() const { return bytes; }
  /// From now on a write is as wrong as a touch outside.
  void freeze();
  /// True while nothing was written beside the operand.
  bool surroundingsIntact() const;
  /// What fresh memory holds.
  static constexpr uint8_t pattern = 0xa5;

private:
  const char *name;
  uint8_t *pages, *begin;
  size_t pageBytes, bytes; ///< of the accessible pages; of the operand
};

/// Once a process: faults print a sentence with the operand and `what` was being done, and exit with 1.
void installFaultReports();

/// Says what the process does next, for the sentence a fault prints.
void announce(const std::string &what);

} // namespace quoin
