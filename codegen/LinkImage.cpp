// From an ELF object to a flat image: position-independent bytes without relocations, and where its functions start.
#include "codegen/LinkImage.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/Alignment.h"
#include "llvm/Support/Endian.h"

#include <fmt/format.h>

namespace quoin {

using llvm::object::ELF64LEObjectFile;
using llvm::object::ELFSectionRef;
using llvm::object::ELFSymbolRef;
using llvm::object::SectionRef;

namespace {

class Linker {
public:
  explicit Linker(ELF64LEObjectFile &object) : object(object) {}

  Result<Image> link() {
    for (auto step : {&Linker::layOut, &Linker::relocate, &Linker::collectEntries})
      if (Result<void> done = (this->*step)(); !done)
        return std::unexpected(done.error());
    return std::move(image);
  }

private:
  Result<void> layOut() {
    for (ELFSectionRef section : object.sections()) {
      if (!(section.getFlags() & llvm::ELF::SHF_ALLOC) || section.getType() == llvm::ELF::SHT_X86_64_UNWIND ||
          section.getSize() == 0 || name(section) == ".eh_frame")
        continue;
      if (section.getFlags() & llvm::ELF::SHF_WRITE)
        return fail(fmt::format("generated code has writable data in section \"{}\"", name(section)));
      image.bytes.resize(llvm::alignTo(image.bytes.size(), std::max<uint64_t>(64, section.getAlignment().value())));
      offsets[section.getIndex()] = image.bytes.size();
      llvm::Expected<llvm::StringRef> contents = section.getContents();
      if (!contents)
        return fail(llvm::toString(contents.takeError()));
      image.bytes.append(contents->begin(), contents->end());
    }
    return {};
  }

  Result<void> relocate() {
    for (ELFSectionRef section : object.sections()) {
      llvm::Expected<llvm::object::section_iterator> patched = section.getRelocatedSection();
      if (!patched || *patched == object.section_end() || !offsets.count((*patched)->getIndex()))
        continue;
      for (llvm::object::ELFRelocationRef relocation : section.relocations())
        if (Result<void> done = apply(relocation, offsets[(*patched)->getIndex()]); !done)
          return done;
    }
    return {};
  }

  Result<void> apply(llvm::object::ELFRelocationRef relocation, uint64_t base) {
    auto symbol = ELFSymbolRef(*relocation.getSymbol());
    Result<uint64_t> target = address(symbol);
    if (!target)
      return std::unexpected(target.error());
    llvm::Expected<int64_t> addend = relocation.getAddend();
    if (!addend)
      return fail(llvm::toString(addend.takeError()));
    uint64_t place = base + relocation.getOffset();
    if (place + 4 > image.bytes.size())
      return fail("generated code has a relocation outside its sections");
    char *at = image.bytes.data() + place;
    std::optional<uint32_t> patched = patch(relocation, llvm::support::endian::read32le(at), *target + *addend, place);
    if (!patched)
      return unsupported(relocation);
    llvm::support::endian::write32le(at, *patched);
    return {};
  }

  /// The word at `place` made to refer to `to`, both counted from the image's start, which lies at the start of a page;
  /// none for relocations that an image cannot hold and for places too far away. The formulas are those of the x86-64
  /// psABI, section 4.4, and of "ELF for the Arm 64-bit Architecture", section 5.7.
  static std::optional<uint32_t> patch(llvm::object::ELFRelocationRef relocation, uint32_t word, uint64_t to,
                                       uint64_t place) {
    using namespace llvm::ELF;
    int64_t distance = int64_t(to - place);
    auto lowBits = [&](unsigned scale) { return word | uint32_t((to & 0xfff) >> scale) << 10; };
    switch (relocation.getType()) {
    case R_X86_64_PC32:
    case R_X86_64_PLT32:
      return llvm::isInt<32>(distance) ? std::optional(uint32_t(distance)) : std::nullopt;
    case R_AARCH64_CALL26:
    case R_AARCH64_JUMP26:
      return llvm::isInt<28>(distance) ? std::optional(word | (uint32_t(distance >> 2) & 0x3ffffff)) : std::nullopt;
    case R_AARCH64_ADR_PREL_PG_HI21: {
      int64_t pages = int64_t(to >> 12) - int64_t(place >> 12);
      uint32_t low = uint32_t(pages) & 3, high = uint32_t(pages >> 2) & 0x7ffff;
      return llvm::isInt<21>(pages) ? std::optional(word | low << 29 | high << 5) : std::nullopt;
    }
    case R_AARCH64_ADD_ABS_LO12_NC:
    case R_AARCH64_LDST8_ABS_LO12_NC:
      return lowBits(0);
    case R_AARCH64_LDST16_ABS_LO12_NC:
      return lowBits(1);
    case R_AARCH64_LDST32_ABS_LO12_NC:
      return lowBits(2);
    case R_AARCH64_LDST64_ABS_LO12_NC:
      return lowBits(3);
    case R_AARCH64_LDST128_ABS_LO12_NC:
      return lowBits(4);
    }
    return std::nullopt;
  }

  static std::unexpected<Error> unsupported(llvm::object::ELFRelocationRef relocation) {
    llvm::SmallString<32> type;
    relocation.getTypeName(type);
    return fail(
        fmt::format("generated code needs relocation {}, which an image cannot hold or reach", type.str().str()));
  }

  Result<uint64_t> address(ELFSymbolRef symbol) {
    auto section = symbol.getSection();
    auto symbolName = symbol.getName();
    if (!section || *section == object.section_end() || !offsets.count((*section)->getIndex()))
      return fail(fmt::format("generated code refers to \"{}\", which is not part of it",
                              symbolName ? symbolName->str() : std::string("a symbol")));
    llvm::Expected<uint64_t> value = symbol.getValue();
    if (!value)
      return fail(llvm::toString(value.takeError()));
    return offsets[(*section)->getIndex()] + *value;
  }

  Result<void> collectEntries() {
    for (ELFSymbolRef symbol : object.symbols()) {
      if (symbol.getELFType() != llvm::ELF::STT_FUNC || symbol.getBinding() != llvm::ELF::STB_GLOBAL)
        continue;
      Result<uint64_t> offset = address(symbol);
      if (!offset)
        return std::unexpected(offset.error());
      image.entries[symbol.getName()->str()] = *offset;
    }
    return {};
  }

  std::string name(SectionRef section) {
    llvm::Expected<llvm::StringRef> text = section.getName();
    return text ? text->str() : (llvm::consumeError(text.takeError()), std::string());
  }

  ELF64LEObjectFile &object;
  llvm::DenseMap<uint64_t, uint64_t> offsets; ///< of laid-out sections, by section index
  Image image;
};

} // namespace

Result<Image> linkImage(const std::string &object) {
  auto file = ELF64LEObjectFile::create(llvm::MemoryBufferRef(object, "kernel object"));
  if (!file)
    return fail(llvm::toString(file.takeError()));
  return Linker(*file).link();
}

} // namespace quoin
