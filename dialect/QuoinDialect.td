// The dialect and the base classes of its ops and attributes.
#ifndef QUOIN_DIALECT
#define QUOIN_DIALECT

include "mlir/IR/OpBase.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"

def Quoin_Dialect : Dialect {
  let name = "quoin";
  let cppNamespace = "::quoin";
  let summary = "Quantized weight formats, the kernels that multiply with them, and which tensor gets which";
  let description = [{
    Three declarations stand at the top level of a file.

    - `quoin.format` says *what values* a stored weight matrix has: its streams, the bit maps of its fields and a pure
      expression per element. Everything about storage (reader, writer, packer, diagram, coverage of bits) follows.
    - `quoin.kernel` says *what is computed* with a format and in which numerics.
    - `quoin.policy` says *which tensor* gets which format.

    None of them says how a kernel is computed: layouts and schedules are attributes that later passes add.

    The dialect has no types and no SSA values. A format is data that several analyses read, not a program that is
    rewritten step by step, and its readers want the expression as the author wrote it; hence one expression attribute
    (`#quoin.expr`) with a parser and a printer of its own that keep names, literals and order.
  }];
  let useDefaultAttributePrinterParser = 1;
  let extraClassDeclaration = [{
    /// Folders in which `table ... from "file"` is looked up, besides those of dialect/TableFile.h. Set it before
    /// parsing; not guarded, so one thread at a time.
    void setTableDirectories(std::vector<std::string> directories) { tableDirectories = std::move(directories); }
    const std::vector<std::string> &getTableDirectories() const { return tableDirectories; }

  private:
    std::vector<std::string> tableDirectories;

  public:
  }];
}

class Quoin_Attr<string name, string attrMnemonic, list<Trait> traits = []> : AttrDef<Quoin_Dialect, name, traits> {
  let mnemonic = attrMnemonic;
}

class Quoin_Op<string mnemonic, list<Trait> traits = []> : Op<Quoin_Dialect, mnemonic, traits>;

#endif
