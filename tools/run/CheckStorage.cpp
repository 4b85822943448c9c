#include "tools/run/CheckStorage.h"

#include "runtime/call.h"
#include "runtime/kernel_sizes.h"
#include "tools/run/Command.h"
#include "tools/run/FieldMap.h"
#include "tools/run/WeightsInput.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace quoin {

static bool sameBits(float a, float b) { return (std::isnan(a) && std::isnan(b)) || std::memcmp(&a, &b, 4) == 0; }

Outcome<void> StorageCheck::checkDecode(const CallSite &site, OrderedStreams &streams) {
  auto [n, k] = site.shape;
  int64_t ldy = site.placement == Placement::AtStart ? k + 3 : k;
  GuardedBuffer out("y", size_t(ldy * (n - 1) + k) * 4, 4, site.placement);
  quoin_kernel_args args{};
  args.streams = streams.data.data();
  args.stream_bytes = streams.bytes.data();
  args.y = out.as<float>();
  args.ldy = ldy;
  args.n = n;
  args.k = k;
  site.announceEntry("decode");
  runPanels(site.kernel.decode, args, {0, n, site.kernel.manifest->panelRows, 0}, site.launch.launch);
  if (auto good = site.untouched({&out}, "decode"); !good)
    return good;
  for (int64_t row = 0; row < n; ++row) {
    const float *got = out.as<float>() + row * ldy, *want = weights.values.data() + row * k;
    if (std::memcmp(got, want, size_t(k) * 4) == 0)
      continue;
    for (int64_t i = 0; i < k; ++i)
      if (!sameBits(got[i], want[i]))
        return site.differs("decode",
                            fmt::format("decode differs at n = {}, k = {}: got {}, want {}", row, i, got[i], want[i]));
  }
  return {};
}

Outcome<bool> StorageCheck::sameElements(const std::string &stream, const std::vector<uint8_t> &got) const {
  const spec::Format &format = weights.format;
  const std::vector<uint8_t> &want = weights.streams.at(stream);
  auto bound = spec::BoundFormat::bind(format, weights.input.shape, asBytes(weights.streams));
  if (!bound)
    return located("unpack", bound.error());
  for (size_t number = 0; number < format.fields.size(); ++number) {
    const spec::Field &field = format.fields[number];
    if (format.streams[size_t(field.stream)].name != stream || field.slices.empty())
      continue;
    auto map = mapField(*bound, number, int64_t(want.size()));
    if (!map)
      return std::unexpected(map.error());
    for (int64_t record = 0; record < map->records; ++record)
      for (size_t element = 0; element < map->elements(); ++element)
        if (readCode(want, *map, record, element) != readCode(got, *map, record, element))
          return false;
  }
  return true;
}

Outcome<void> StorageCheck::checkUnpack(const CallSite &site, const GuardedBuffer &packedBuffer) {
  spec::OwnedStreams cleared = weights.streams;
  for (auto &[name, bytes] : cleared)
    std::fill(bytes.begin(), bytes.end(), uint8_t(0));
  OrderedStreams streams;
  std::vector<GuardedBuffer> buffers = guardStreams(site.kernel, cleared, site.placement, streams);
  quoin_kernel_args args{};
  args.weights = packedBuffer.data();
  args.streams = streams.data.data();
  args.stream_bytes = streams.bytes.data();
  args.n = site.shape.n;
  args.k = site.shape.k;
  site.announceEntry("unpack");
  runPanels(site.kernel.unpack, args, {0, site.shape.n, site.kernel.manifest->panelRows, 0}, nullptr);
  size_t next = 0;
  for (const char *name : site.kernel.streamNames) {
    auto it = weights.streams.find(name);
    if (it == weights.streams.end())
      continue;
    const GuardedBuffer &buffer = buffers[next++];
    if (auto good = site.untouched({&buffer}, "unpack"); !good)
      return good;
    auto [want, got] = std::mismatch(it->second.begin(), it->second.end(), buffer.data());
    if (want == it->second.end())
      continue;
    auto same = sameElements(name, {buffer.data(), buffer.data() + it->second.size()});
    if (!same)
      return std::unexpected(same.error());
    if (!*same)
      return site.differs("unpack", fmt::format("unpack of pack changes stream \"{}\" at byte {}: got {}, want {}",
                                                name, want - it->second.begin(), *got, *want));
  }
  return {};
}

Outcome<void> StorageCheck::checkPack(const CallSite &site, OrderedStreams &streams) {
  const ManifestKernel &manifest = *site.kernel.manifest;
  auto bytes = quoin::packedBytes(manifest, site.shape.n, site.shape.k);
  if (!bytes)
    return std::unexpected(bytes.error());
  GuardedBuffer out("packed", *bytes, 64, site.placement);
  quoin_kernel_args args{};
  args.streams = streams.data.data();
  args.stream_bytes = streams.bytes.data();
  args.packed = out.data();
  args.n = site.shape.n;
  args.k = site.shape.k;
  site.announceEntry("pack");
  runPanels(site.kernel.pack, args, {0, site.shape.n, manifest.panelRows, 0}, site.launch.launch);
  if (auto good = site.untouched({&out}, "pack"); !good)
    return good;
  out.freeze();
  std::vector<uint8_t> &known = packed[manifest.layoutId];
  if (known.empty())
    known.assign(out.data(), out.data() + out.size());
  auto [want, got] = std::mismatch(known.begin(), known.end(), out.data(), out.data() + out.size());
  if (want != known.end() || known.size() != out.size())
    return site.differs("pack", fmt::format("pack gives other bytes than before, first at byte {} of {}",
                                            want - known.begin(), out.size()));
  return site.kernel.unpack ? checkUnpack(site, out) : Outcome<void>();
}

Outcome<void> StorageCheck::run(const quoin_kernel &kernel, CheckTally &tally) {
  bool decodes = kernel.decode && !done.contains(kernel.decode);
  bool packs = kernel.pack && kernel.manifest->isPacked() && !done.contains(kernel.pack);
  for (size_t i = 0; i < launches.size() && (decodes || packs); ++i) {
    CallSite site = {kernel, weights.input.shape, 0, i % 2 ? Placement::AtStart : Placement::AtEnd, launches[i]};
    OrderedStreams streams;
    std::vector<GuardedBuffer> buffers = guardStreams(kernel, weights.streams, site.placement, streams);
    for (GuardedBuffer &buffer : buffers)
      buffer.freeze();
    if (decodes)
      if (auto good = checkDecode(site, streams); !good)
        return good;
    if (packs)
      if (auto good = checkPack(site, streams); !good)
        return good;
    tally.calls += int64_t(decodes) + int64_t(packs) * (kernel.unpack ? 2 : 1);
  }
  done.insert({kernel.decode, kernel.pack});
  return {};
}

} // namespace quoin
