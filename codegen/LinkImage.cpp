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
    if (relocation.getType() != llvm::ELF::R_X86_64_PC32 && relocation.getType() != llvm::ELF::R_X86_64_PLT32) {
      llvm::SmallString<32> type;
      relocation.getTypeName(type);
      return fail(fmt::format("generated code needs relocation {}, which an image cannot hold", type.str().str()));
    }
    llvm::Expected<int64_t> addend = relocation.getAddend();
    if (!addend)
      return fail(llvm::toString(addend.takeError()));
    uint64_t place = base + relocation.getOffset();
    int64_t value = int64_t(*target) + *addend - int64_t(place);
    if (place + 4 > image.bytes.size() || value != int32_t(value))
      return fail("generated code is larger than its relocations can reach");
    llvm::support::endian::write32le(image.bytes.data() + place, uint32_t(int32_t(value)));
    return {};
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
