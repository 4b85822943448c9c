// The `qtile` dialect: matmul tiles on packed operands (stage 4) and the target-neutral vector steps they become (stage 5).
#ifndef QUOIN_LOWERING_TILE_DIALECT
#define QUOIN_LOWERING_TILE_DIALECT

include "mlir/IR/OpBase.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def QTile_Dialect : Dialect {
  let name = "qtile";
  let cppNamespace = "::quoin::tile";
  let summary = "quantized matmul tiles on packed operands, and their vector steps";
  let description = [{
    Between a declared kernel and plain vector code stand two levels, both in this dialect. The *tile* level
    (`qtile.matmul`, `qtile.decode_panel`) says which rows, columns and layouts one inner kernel works on. The *vector*
    level (`qtile.unpack`, `qtile.dot`, `qtile.widen`) says what is computed on whole vectors without naming an
    instruction: the instruction table of the target decides how each becomes machine code.
  }];
  let useDefaultAttributePrinterParser = 1;
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

class QTile_Attr<string name, string attrMnemonic> : AttrDef<QTile_Dialect, name> {
  let mnemonic = attrMnemonic;
}

def QTile_LayoutAttr : QTile_Attr<"Layout", "layout"> {
  let summary = "where the codes and coefficients of a panel of weight rows lie";
  let description = [{
    Weights are cut into panels of `rows` rows; a panel is a sequence of scale groups of `group` columns. In a group the
    codes come first, plane by plane, then one coefficient a row.

    A plane of b bits is a sequence of vectors of `4 * rows` bytes. Byte `4 * r + t` of vector j holds, in its bits
    [b*s, b*s + b), the plane's bits of row r and column `4 * (j * (8 / b) + s) + t` of the group: one load, a shift and
    a mask give a whole dot-product operand (rows in 32-bit lanes, four consecutive columns in each lane).

    ```
    plane of 4 bits, vector j      byte 0      1       2       3      4  ...
      low  nibble, column 8j +    r0 c0    r0 c1   r0 c2   r0 c3   r1 c0
      high nibble, column 8j +    r0 c4    r0 c5   r0 c6   r0 c7   r1 c4
    ```

    `planes` are listed from the code's low bits up; their sum is the width of a code. Codes are raw: the integer stored
    minus nothing, two's complement when `is_signed`. `coefficient_bits` is 16 (f16) or 32 (f32).

    Example: `#qtile.layout<rows = 16, group = 32, planes = [4], is_signed = false, coefficient_bits = 16>` is 288 bytes a
    group, 4.5 bits a weight.
  }];
  let parameters = (ins "int64_t":$rows, "int64_t":$group, ArrayRefParameter<"int64_t">:$planes, "bool":$is_signed,
                        "int64_t":$coefficient_bits);
  let assemblyFormat = [{
    `<` `rows` `=` $rows `,` `group` `=` $group `,` `planes` `=` `[` $planes `]` `,` `is_signed` `=` $is_signed `,`
    `coefficient_bits` `=` $coefficient_bits `>`
  }];
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Bits of one code.
    int64_t codeBits() const;
    /// Bytes of the codes of one group of one panel, all planes.
    int64_t codeBytes() const;
    /// Byte offset of plane `index` in a group.
    int64_t planeOffset(size_t index) const;
    /// Bytes of one group of one panel, coefficients included.
    int64_t groupBytes() const;
  }];
}

def QTile_Source : I32EnumAttr<"Source", "where a tile takes its weights from", [
  I32EnumAttrCase<"Registers", 0, "registers">, I32EnumAttrCase<"Panel", 1, "panel">]> {
  let cppNamespace = "::quoin::tile";
  let genSpecializedAttr = 0;
}

def QTile_Operands : I32EnumAttr<"Operands", "what dot products multiply", [
  I32EnumAttrCase<"Bytes", 0, "bytes">, I32EnumAttrCase<"Words", 1, "words">]> {
  let cppNamespace = "::quoin::tile";
  let genSpecializedAttr = 0;
}

def QTile_Fetch : I32EnumAttr<"Fetch", "how packed weights are fetched ahead", [
  I32EnumAttrCase<"None", 0, "none">, I32EnumAttrCase<"Stream", 1, "stream">, I32EnumAttrCase<"Lines", 2, "lines">]> {
  let cppNamespace = "::quoin::tile";
  let genSpecializedAttr = 0;
}

def QTile_RegimeAttr : QTile_Attr<"Regime", "regime"> {
  let summary = "how products with at least `min_m` rows of X are computed";
  let description = [{
    `decode = registers`: codes are unpacked in registers for every tile; right when each weight meets few rows of X.
    `decode = panel`: a block of `k_block` columns of `rows` weight rows is unpacked once into scratch memory that stays
    in L1 and is reused for `m_block` rows of X.

    A tile is `rows` weight rows by up to `cols` rows of X; rows of X are shared out evenly over as few tiles as that
    allows, in blocks of about `m_block` rows (0: one block). `operands = words` multiplies codes widened to int16 with
    the int16 copy of quantized X, for targets whose byte products saturate. Packed weights are fetched `distance` bytes
    ahead: one line a group (`stream`, which keeps the hardware's own prefetcher going across pages) or every line
    (`lines`), by the first tile that meets them. Regimes of a schedule ascend in `min_m`; the last one that fits is taken.

    Example: `#qtile.regime<min_m = 1, decode = registers, operands = bytes, rows = 16, cols = 6, k_block = 0, m_block = 64,
    fetch = lines, distance = 4096>`.
  }];
  let parameters = (ins "int64_t":$min_m, "::quoin::tile::Source":$decode, "::quoin::tile::Operands":$operands,
                        "int64_t":$rows, "int64_t":$cols, "int64_t":$k_block, "int64_t":$m_block,
                        "::quoin::tile::Fetch":$fetch, "int64_t":$distance);
  let assemblyFormat = "`<` struct(params) `>`";
}

def QTile_Pointer : Type<CPred<"::llvm::isa<::mlir::LLVM::LLVMPointerType>($_self)">, "LLVM pointer",
                         "::mlir::LLVM::LLVMPointerType">,
                    BuildableType<"$_builder.getType<::mlir::LLVM::LLVMPointerType>()">;

class QTile_Op<string mnemonic, list<Trait> traits = []> : Op<QTile_Dialect, mnemonic, traits>;

def QTile_MatmulOp : QTile_Op<"matmul"> {
  let summary = "one tile of Y over a run of scale groups";
  let description = [{
    For r < rows, c < cols and the groups [first_group, first_group + groups) in ascending order:

        y[c, r] = fma(f32(S), coefficient(r, group) * x_scale(c, group), y[c, r])
        S = sum over the group's columns of (code(r, k) - zero) * x_code(c, k)      exact, int32

    starting from +0 when `init`, else from what Y holds; after the last group, `bias[r]` is added when `finish` and the
    bias pointer is not null. `weights` points at the first group's bytes of the first panel; panel j of the tile lies
    `panel_stride` bytes further. `x` points at the first quantized row of X (all of K; rows `x_stride` bytes apart), `y`
    at element (0, 0) of the tile (rows `ldy` elements apart). Only the first `valid` of the tile's rows are stored.

    Example:
    ```mlir
    qtile.matmul %weights, %panel_stride, %x, %x_stride, %k, %first, %groups, %y, %ldy, %bias, %valid, %init, %finish, %fetch
      {layout = #qtile.layout<rows = 16, group = 32, planes = [4], is_signed = false, coefficient_bits = 16>,
       regime = #qtile.regime<min_m = 1, decode = registers, operands = bytes, rows = 16, cols = 6, k_block = 0,
                              m_block = 0, fetch = none, distance = 0>,
       rows = 16 : i64, cols = 3 : i64, code_lo = 0 : i64, code_hi = 15 : i64, zero = 8 : i64}
    ```
    All codes lie in [`code_lo`, `code_hi`]; weights are fetched ahead, as the regime says, where `fetch` is true.
  }];
  let arguments = (ins QTile_Pointer:$weights, I64:$panel_stride, QTile_Pointer:$x, I64:$x_stride, I64:$k,
                       I64:$first_group, I64:$groups, QTile_Pointer:$y, I64:$ldy, QTile_Pointer:$bias, I64:$valid,
                       I1:$init, I1:$finish, I1:$fetch,
                       QTile_LayoutAttr:$layout, QTile_RegimeAttr:$regime, I64Attr:$rows, I64Attr:$cols, I64Attr:$code_lo, I64Attr:$code_hi,
                       I64Attr:$zero);
  let assemblyFormat = [{
    $weights `,` $panel_stride `,` $x `,` $x_stride `,` $k `,` $first_group `,` $groups `,` $y `,` $ldy `,` $bias `,`
    $valid `,` $init `,` $finish `,` $fetch attr-dict
  }];
  let hasVerifier = 1;
}

def QTile_DecodePanelOp : QTile_Op<"decode_panel"> {
  let summary = "unpack a run of groups from one layout into another";
  let description = [{
    Unpacks `groups` groups of `rows` weight rows from `source` (panels `panel_stride` bytes apart) to whole-byte codes
    and f32 coefficients at `target`, whose layout has `rows` rows a panel. Values do not change.

    Example:
    ```mlir
    qtile.decode_panel %source, %panel_stride, %target, %groups
      {from = #qtile.layout<rows = 16, group = 32, planes = [4], is_signed = false, coefficient_bits = 16>,
       to = #qtile.layout<rows = 16, group = 32, planes = [8], is_signed = false, coefficient_bits = 32>, distance = 0 : i64}
    ```
  }];
  let arguments = (ins QTile_Pointer:$source, I64:$panel_stride, QTile_Pointer:$target, I64:$groups,
                       QTile_LayoutAttr:$from, QTile_LayoutAttr:$to, I64Attr:$distance);
  let assemblyFormat = "$source `,` $panel_stride `,` $target `,` $groups attr-dict";
  let hasVerifier = 1;
}

def QTile_UnpackOp : QTile_Op<"unpack", [Pure, AllTypesMatch<["bytes", "codes"]>]> {
  let summary = "bits [bits * slot, bits * slot + bits) of every byte";
  let description = [{
    Takes the codes of one slot out of a vector of a plane, zero-extended in their bytes.

    Example: `%high = qtile.unpack %bytes slot 1 of 4 bits : vector<32xi8>`
  }];
  let arguments = (ins VectorOfRankAndType<[1], [I8]>:$bytes, I64Attr:$slot, I64Attr:$bits);
  let results = (outs VectorOfRankAndType<[1], [I8]>:$codes);
  let assemblyFormat = "$bytes `slot` $slot `of` $bits `bits` attr-dict `:` type($bytes)";
  let hasVerifier = 1;
}

def QTile_DotOp : QTile_Op<"dot", [Pure, AllTypesMatch<["acc", "result"]>, AllTypesMatch<["codes", "x"]>]> {
  let summary = "accumulate products of neighbouring bytes, exactly";
  let description = [{
    Lane i of a 32-bit accumulator gains the products of the bytes 4i..4i+3 or of the words 2i, 2i+1, lane i of a 16-bit
    one the products of the bytes 2i, 2i+1. `codes` is read as unsigned or, when `signed`, as two's complement; `x` is
    two's complement in [-127, 127]. The sum must fit the lane: the producer bounds `max_code` (largest magnitude of a code) and how often it
    accumulates before `qtile.widen`; lowerings may use saturating instructions under that promise.

    Example: `%1 = qtile.dot %0, %codes, %x max_code 15 : vector<16xi16>, vector<32xi8>`
  }];
  let arguments = (ins VectorOfRankAndType<[1], [I16, I32]>:$acc, VectorOfRankAndType<[1], [I8, I16]>:$codes,
                       VectorOfRankAndType<[1], [I8, I16]>:$x, UnitAttr:$is_signed, I64Attr:$max_code);
  let results = (outs VectorOfRankAndType<[1], [I16, I32]>:$result);
  let assemblyFormat = "$acc `,` $codes `,` $x (`signed` $is_signed^)? `max_code` $max_code attr-dict `:` type($acc) `,` type($codes)";
  let hasVerifier = 1;
}

def QTile_WordsOp : QTile_Op<"words", [Pure, AllTypesMatch<["even", "odd"]>]> {
  let summary = "the even and the odd bytes, each widened to 16 bits";
  let description = [{
    Example: `%even, %odd = qtile.words %bytes signed : vector<32xi8> to vector<16xi16>`
  }];
  let arguments = (ins VectorOfRankAndType<[1], [I8]>:$bytes, UnitAttr:$is_signed);
  let results = (outs VectorOfRankAndType<[1], [I16]>:$even, VectorOfRankAndType<[1], [I16]>:$odd);
  let assemblyFormat = "$bytes (`signed` $is_signed^)? attr-dict `:` type($bytes) `to` type($even)";
  let hasVerifier = 1;
}

def QTile_WidenOp : QTile_Op<"widen", [Pure]> {
  let summary = "add neighbouring 16-bit sums into 32-bit lanes";
  let description = [{
    Example: `%1 = qtile.widen %0 : vector<16xi16> to vector<8xi32>`
  }];
  let arguments = (ins VectorOfRankAndType<[1], [I16]>:$sums);
  let results = (outs VectorOfRankAndType<[1], [I32]>:$result);
  let assemblyFormat = "$sums attr-dict `:` type($sums) `to` type($result)";
  let hasVerifier = 1;
}

#endif
