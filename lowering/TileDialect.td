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

def QTile_Role : I32EnumAttr<"Role", "what a stored number is for", [
  I32EnumAttrCase<"Coefficient", 0, "coefficient">, I32EnumAttrCase<"Outer", 1, "outer">, I32EnumAttrCase<"Sub", 2, "sub">,
  I32EnumAttrCase<"Zero", 3, "zero">, I32EnumAttrCase<"Bias", 4, "bias">, I32EnumAttrCase<"BiasOuter", 5, "bias_outer">,
  I32EnumAttrCase<"BiasSub", 6, "bias_sub">]> {
  let cppNamespace = "::quoin::tile";
  let genSpecializedAttr = 0;
}

def QTile_Storage : I32EnumAttr<"Storage", "how a number is stored", [
  I32EnumAttrCase<"F32", 0, "f32">, I32EnumAttrCase<"F16", 1, "f16">, I32EnumAttrCase<"BF16", 2, "bf16">,
  I32EnumAttrCase<"U8", 3, "u8">, I32EnumAttrCase<"S8", 4, "s8">, I32EnumAttrCase<"S32", 5, "s32">,
  I32EnumAttrCase<"Exponent", 6, "exponent">, I32EnumAttrCase<"ExponentOrNan", 7, "exponent_or_nan">]> {
  let cppNamespace = "::quoin::tile";
  let genSpecializedAttr = 0;
}

def QTile_StorageAttr : EnumAttr<QTile_Dialect, QTile_Storage, "storage"> {
  let assemblyFormat = "`<` $value `>`";
}

def QTile_ScalarAttr : QTile_Attr<"Scalar", "scalar"> {
  let summary = "a number stored for a run of columns of every row";
  let description = [{
    `factor` times the number stored is a weight's

    | role | meaning |
    |---|---|
    | `coefficient`, or `outer` * `sub` | what multiplies (code - zero) |
    | `zero` | the stored part of the zero point |
    | `bias`, or `bias_outer` * `bias_sub`, or the coefficient * `bias_sub` | what is added |

    `columns` is the length of the run, 0 for a whole row. An `exponent` is a byte e that stands for 2^(e - 128);
    `exponent_or_nan` gives NaN for 0.

    Example: `#qtile.scalar<role = sub, storage = u8, columns = 32, factor = 1.0 : f32>`
  }];
  let parameters = (ins "::quoin::tile::Role":$role, "::quoin::tile::Storage":$storage, "int64_t":$columns,
                        "::mlir::FloatAttr":$factor);
  let assemblyFormat = "`<` struct(params) `>`";
  let extraClassDeclaration = [{
    /// Bytes of one row's number.
    int64_t bytes() const;
  }];
}

def QTile_LayoutAttr : QTile_Attr<"Layout", "layout"> {
  let summary = "where the codes and numbers of a panel of weight rows lie";
  let description = [{
    Weights are cut into panels of `rows` rows. A panel is the numbers that cover whole rows, then a sequence of blocks of
    `block` columns. A block is the numbers that cover more than a run, then a sequence of runs of `run` columns. A run is the
    numbers that cover it or less, then its codes. Numbers of one kind lie in the order of their columns, those of all rows
    side by side; kinds in the order of `scalars`. Reading a panel from its first byte to its last meets everything in the
    order it is needed: processors fetch ahead one stream far better than several.

    The codes of a run are sequences of chunks of as many columns as a set of the largest plane holds, each the sets of all
    planes. A plane of b bits is a sequence of sets of v vectors of `4 * rows` bytes with s slots, the fewest that fill whole
    bytes: s * b = 8 * v. Byte `4 * r + t` of each vector holds bits of row r and columns `4 * slot + t` of the set: one load, a
    shift and a mask give a whole dot-product operand (rows in 32-bit lanes, four consecutive columns in each lane). Slot i of
    the first v * (8 / b) lies in vector i / (8 / b) at bit b * (i mod (8 / b)); the spare bits at the top of all vectors, from
    the first up, are the remaining slots.

    ```
    plane of 4 bits: 1 vector          plane of 3 bits: 3 vectors
      byte of r0, t  7 6 5 4 3 2 1 0     vector 0       7 6 5 4 3 2 1 0    6, 7: spare bits; slot 6 takes the two of
        slot         1 1 1 1 0 0 0 0       slot         6 6 1 1 1 0 0 0    vector 0 and the lower one of vector 1
                                         vector 1       7 6 3 3 3 2 2 2
                                         vector 2       7 7 5 5 5 4 4 4
    ```

    Decoded panels may have one plane of 16 bits instead: vector 0 of a set holds columns 0 and 2 of its four as words, vector
    1 columns 1 and 3, and where the integers fit signed bytes words hold them as they are.

    `planes` are listed from the low bits of what is stored up. What is stored is c in [0, `count`); it stands for the
    integer `lo` + c, or for `levels`[c] where levels are given, or, in kernels that sum f32, for `table`[c]. Without planes
    there is one code, which is not stored: a weight is its coefficient. Coefficients, zero points and biases are constant on
    groups of `group` columns (0: on rows).

    Example: 288 bytes a block, 4.5 bits a weight:
    ```
    #qtile.layout<rows = 16, group = 32, block = 32, run = 32, planes = [4], lo = 0, count = 16, levels = [],
                  scalars = [#qtile.scalar<role = coefficient, storage = f16, columns = 32, factor = 1.0 : f32>]>
    ```
  }];
  let parameters = (ins "int64_t":$rows, "int64_t":$group, "int64_t":$block, "int64_t":$run, OptionalArrayRefParameter<"int64_t">:$planes,
                        "int64_t":$lo, "int64_t":$count, OptionalArrayRefParameter<"int64_t">:$levels,
                        OptionalArrayRefParameter<"::quoin::tile::ScalarAttr">:$scalars,
                        OptionalParameter<"::mlir::DenseF32ArrayAttr">:$table);
  let assemblyFormat = [{
    `<` `rows` `=` $rows `,` `group` `=` $group `,` `block` `=` $block `,` `run` `=` $run `,` `planes` `=` `[` (`]`) : ($planes^ `]`)? `,`
    `lo` `=` $lo `,` `count` `=` $count `,` `levels` `=` `[` (`]`) : ($levels^ `]`)? `,`
    `scalars` `=` `[` (`]`) : ($scalars^ `]`)? (`,` `table` `=` $table^)? `>`
  }];
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Bits of one code.
    int64_t codeBits() const;
    /// Columns of a chunk: codes start anew at multiples of it.
    int64_t chunkColumns() const;
    /// Bytes of a chunk, and the offset of plane `index` in it.
    int64_t chunkBytes() const;
    int64_t planeOffset(size_t index) const;
    /// Bytes of the codes of a run, of a whole run, of a block, and of what comes before a panel's first block.
    int64_t runCodeBytes() const;
    int64_t runBytes() const;
    /// Bytes of a block before its first run, and of a run before its codes.
    int64_t headBytes() const;
    int64_t runHeadBytes() const { return runBytes() - runCodeBytes(); }
    int64_t blockBytes() const;
    int64_t panelBytes() const;
    /// True where a scalar lies in runs.
    bool isInRun(ScalarAttr scalar) const { return scalar.getColumns() && scalar.getColumns() <= getRun(); }
    /// Byte offset of a scalar in a block, in its first run, or in the panel where it covers rows.
    int64_t scalarOffset(ScalarAttr scalar) const;
    /// The scalar of a role, null where there is none.
    ScalarAttr find(Role role) const;
    bool hasBias() const { return find(Role::Bias) || find(Role::BiasSub); }
    /// Codes are words, and those are the integers themselves; where not, stored 0 stands for base().
    bool holdsWords() const;
    bool holdsIntegers() const;
    int64_t base() const;
    /// Integers that codes stand for.
    int64_t lowest() const;
    int64_t highest() const;
    /// Bytes of a row of `k` columns, shared out: the packed size of N x K weights is ceil(N / rows) * panelStride(K).
    int64_t panelStride(int64_t k) const;
  }];
}

def QTile_Source : I32EnumAttr<"Source", "where a tile takes its weights from", [
  I32EnumAttrCase<"Registers", 0, "registers">, I32EnumAttrCase<"Panel", 1, "panel">]> {
  let cppNamespace = "::quoin::tile";
  let genSpecializedAttr = 0;
}

def QTile_Operands : I32EnumAttr<"Operands", "what dot products multiply", [
  I32EnumAttrCase<"Bytes", 0, "bytes">, I32EnumAttrCase<"Words", 1, "words">, I32EnumAttrCase<"Pairs", 2, "pairs">,
  I32EnumAttrCase<"Matrices", 3, "matrices">, I32EnumAttrCase<"Tiles", 4, "tiles">]> {
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
    the int16 copy of quantized X, for targets whose byte products saturate. `operands = matrices` multiplies 8 columns of
    weights at once with those of two rows of X (`qtile.dot_matrix`); `operands = tiles` up to 64 columns of a decoded panel
    with those of up to 16 rows of X (`qtile.tile_products`), on vectors of 16 lanes. `operands = pairs` decodes weights to bf16 and
    multiplies two neighbouring columns at once with X as bf16; then every regime of a schedule does. Packed weights are fetched `distance` bytes
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

def QTile_XLayoutAttr : QTile_Attr<"XLayout", "x_layout"> {
  let summary = "where the parts of a row of quantized X lie";
  let description = [{
    A row is K codes (int8, zeros up to a multiple of `block`), the codes again as int16 when `words`, one scale (f32) for
    every `group` columns, the sum of codes (i32) of every `sum_group` and, when `bias`, of every `bias_group` columns the sum
    over its activation groups of scale * sum (f32, fused; the sum alone where `bias_group` < `group`). A group of 0 is all of
    K. Words come in the order 0, 2, 1, 3 of each four columns. When `floats` a row is X itself as f32, and nothing else: rounded to
    a type, or quantized by groups and multiplied out; a `group` of -1 is not quantized. With `pairs` too it is X as bf16, two
    bytes a column: two neighbouring columns are a 32-bit word.

    Example: `#qtile.x_layout<group = 32, sum_group = 32, bias_group = 32, bias = false, block = 32, words = false, floats = false>`
  }];
  let parameters = (ins "int64_t":$group, "int64_t":$sum_group, "int64_t":$bias_group, "bool":$bias, "int64_t":$block,
                        "bool":$words, "bool":$floats, DefaultValuedParameter<"bool", "false">:$pairs);
  let assemblyFormat = "`<` struct(params) `>`";
}

def QTile_Pointer : Type<CPred<"::llvm::isa<::mlir::LLVM::LLVMPointerType>($_self)">, "LLVM pointer",
                         "::mlir::LLVM::LLVMPointerType">,
                    BuildableType<"$_builder.getType<::mlir::LLVM::LLVMPointerType>()">;

class QTile_Op<string mnemonic, list<Trait> traits = []> : Op<QTile_Dialect, mnemonic, traits>;

def QTile_MatmulOp : QTile_Op<"matmul"> {
  let summary = "one tile of Y over a run of blocks";
  let description = [{
    For r < rows, c < cols and the columns of blocks [first_block, first_block + blocks) in ascending order, Y[c, r] gains
    the products of row r's weights and row c of quantized X, by the float expression that the manifest declares
    (runtime/BundleFormat.h, "fma-per-group"): with G the layout's groups, A = `x_group` (0: all of K), and S the exact
    int32 sum of (code - zero) * x_code over the shorter of the two,

    | | |
    |---|---|
    | G = A | acc = fma(f32(S), coefficient * x_scale, acc), then acc = fma(x_scale * f32(sum of x_code), bias, acc) |
    | G < A | the same without x_scale into a sum of its own that starts from +0 with every A; then acc = fma(sum, x_scale, acc) |
    | G > A | sum = fma(f32(S), x_scale, sum) starting from +0 with every G; then acc = fma(sum, coefficient, acc), acc = fma(sum of x_scale * f32(sum of x_code), bias, acc) |

    starting from +0 when `init`, else from the state that Y holds; after the last block the `bias_pointer`'s r-th float is
    added when `finish` and it is not null. The state between runs is acc, or what is being summed where G or A is 0.

    `weights` points at block `first_block` of the first panel and `numbers` at what covers whole rows; panel j of the tile
    lies `panel_stride` bytes further. With `cuts_blocks` K may end inside a block, and numbers of groups behind it count as
    0, whatever they are. `x` points at the first quantized row of X (all of it; rows `x_stride` bytes apart,
    ActivationLayout.h), `y` at element (0, 0) of the tile (rows `ldy` elements apart). Only the first `valid` of the tile's
    rows are stored. Weights are fetched ahead, as the regime says, where `fetch` is true.

    Example:
    ```mlir
    qtile.matmul %weights, %numbers, %panel_stride, %x, %x_stride, %k, %first, %blocks, %y, %ldy, %bias, %valid, %init, %finish, %fetch
      {layout = #qtile.layout<rows = 16, group = 32, block = 32, run = 32, planes = [4], lo = 0, count = 16, levels = [],
                              scalars = [#qtile.scalar<role = coefficient, storage = f16, columns = 32, factor = 1.0 : f32>]>,
       regime = #qtile.regime<min_m = 1, decode = registers, operands = bytes, rows = 16, cols = 6, k_block = 0,
                              m_block = 0, fetch = none, distance = 0>,
       x_layout = #qtile.x_layout<group = 32, sum_group = 32, bias_group = 32, bias = false, block = 32, words = false, floats = false>,
       rows = 16 : i64, cols = 3 : i64, zero = 8 : i64}
    ```
  }];
  let arguments = (ins QTile_Pointer:$weights, QTile_Pointer:$numbers, I64:$panel_stride, QTile_Pointer:$x, I64:$x_stride,
                       I64:$k, I64:$first_block, I64:$blocks, QTile_Pointer:$y, I64:$ldy, QTile_Pointer:$bias_pointer,
                       I64:$valid, I1:$init, I1:$finish, I1:$fetch,
                       QTile_LayoutAttr:$layout, QTile_RegimeAttr:$regime, QTile_XLayoutAttr:$x_layout, I64Attr:$rows,
                       I64Attr:$cols, I64Attr:$zero, UnitAttr:$cuts_blocks);
  let assemblyFormat = [{
    $weights `,` $numbers `,` $panel_stride `,` $x `,` $x_stride `,` $k `,` $first_block `,` $blocks `,` $y `,` $ldy `,`
    $bias_pointer `,` $valid `,` $init `,` $finish `,` $fetch attr-dict
  }];
  let hasVerifier = 1;
}

def QTile_DecodePanelOp : QTile_Op<"decode_panel"> {
  let summary = "unpack a run of blocks from one layout into another";
  let description = [{
    Unpacks `blocks` blocks of `rows` weight rows from `source` (panels `panel_stride` bytes apart; `numbers`: what covers
    whole rows) to codes of whole bytes or words and f32 numbers at `target`, a panel of `to.rows` rows. Values do not change:
    codes come as integers less `to`'s base, coefficients and biases as products.

    Example: `qtile.decode_panel %source, %numbers, %panel_stride, %target, %blocks {from = #packed, to = #decoded, distance = 0 : i64}`
  }];
  let arguments = (ins QTile_Pointer:$source, QTile_Pointer:$numbers, I64:$panel_stride, QTile_Pointer:$target, I64:$blocks,
                       QTile_LayoutAttr:$from, QTile_LayoutAttr:$to, I64Attr:$distance);
  let assemblyFormat = "$source `,` $numbers `,` $panel_stride `,` $target `,` $blocks attr-dict";
  let hasVerifier = 1;
}

def QTile_DecodeValuesOp : QTile_Op<"decode_values"> {
  let summary = "weights of a run of blocks as f32";
  let description = [{
    Writes `coefficient * (code - zero) + bias` (each operation rounded, as decode does) of `blocks` blocks of `rows` weight
    rows, rounded to `precision`, to `target`: column after column, the rows of one side by side. `source`, `numbers` and
    `panel_stride` are those of `qtile.matmul`. With `pairs` (`precision` bf16) values take 16 bits, and every two columns
    lie together: column 2j in the low halves of 32-bit lanes, column 2j + 1 in the high ones.

    Example: `qtile.decode_values %source, %numbers, %panel_stride, %target, %blocks {from = #packed, rows = 16 : i64, zero = 8 : i64, precision = #qtile.storage<bf16>}`
  }];
  let arguments = (ins QTile_Pointer:$source, QTile_Pointer:$numbers, I64:$panel_stride, QTile_Pointer:$target, I64:$blocks,
                       QTile_LayoutAttr:$from, I64Attr:$rows, I64Attr:$zero, QTile_StorageAttr:$precision,
                       UnitAttr:$pairs);
  let assemblyFormat = "$source `,` $numbers `,` $panel_stride `,` $target `,` $blocks (`pairs` $pairs^)? attr-dict";
  let hasVerifier = 1;
}

def QTile_MatmulValuesOp : QTile_Op<"matmul_values"> {
  let summary = "one tile of Y from f32 weights and f32 X";
  let description = [{
    For r < rows, c < cols and `columns` columns in ascending order: y[c, r] = fma(weights[k, r], x[c, k], y[c, r]), starting
    from +0 when `init`; `bias_pointer`'s r-th float is added when `finish` and it is not null. Rows of X lie `x_stride` bytes
    apart, those of Y `ldy` elements. Only the first `valid` rows are stored. With `pairs` weights and X are bf16, columns two
    by two as `qtile.decode_values` and `#qtile.x_layout` have them; sums of pairs are those of `qtile.dot_pairs`, and the
    second column of a last pair that has one only counts as 0.

    Example: `qtile.matmul_values %w, %x, %x_stride, %columns, %y, %ldy, %bias, %valid, %init, %finish {rows = 16 : i64, cols = 6 : i64}`
  }];
  let arguments = (ins QTile_Pointer:$weights, QTile_Pointer:$x, I64:$x_stride, I64:$columns, QTile_Pointer:$y, I64:$ldy,
                       QTile_Pointer:$bias_pointer, I64:$valid, I1:$init, I1:$finish, I64Attr:$rows, I64Attr:$cols,
                       UnitAttr:$pairs);
  let assemblyFormat = [{
    $weights `,` $x `,` $x_stride `,` $columns `,` $y `,` $ldy `,` $bias_pointer `,` $valid `,` $init `,` $finish
    (`pairs` $pairs^)? attr-dict
  }];
}

def QTile_MatmulDecodedOp : QTile_Op<"matmul_decoded"> {
  let summary = "one tile of Y from weights decoded in registers and float X";
  let description = [{
    What `qtile.decode_values` and `qtile.matmul_values` make of `columns` columns of packed weights, without scratch memory
    between them: right for few rows of X, where a panel of values would be written to be read once or twice. Sums may be
    split by columns and are added at the end. What is packed beyond `columns` in a last block counts as 0.

    Example: `qtile.matmul_decoded %source, %numbers, %panel_stride, %x, %x_stride, %columns, %y, %ldy, %bias, %valid, %init, %finish {layout = #packed, rows = 16 : i64, cols = 1 : i64, zero = 8 : i64, precision = #qtile.storage<f32>}`
  }];
  let arguments = (ins QTile_Pointer:$source, QTile_Pointer:$numbers, I64:$panel_stride, QTile_Pointer:$x, I64:$x_stride,
                       I64:$columns, QTile_Pointer:$y, I64:$ldy, QTile_Pointer:$bias_pointer, I64:$valid, I1:$init,
                       I1:$finish, QTile_LayoutAttr:$layout, I64Attr:$rows, I64Attr:$cols, I64Attr:$zero,
                       QTile_StorageAttr:$precision, UnitAttr:$pairs);
  let assemblyFormat = [{
    $source `,` $numbers `,` $panel_stride `,` $x `,` $x_stride `,` $columns `,` $y `,` $ldy `,` $bias_pointer `,` $valid
    `,` $init `,` $finish (`pairs` $pairs^)? attr-dict
  }];
  let hasVerifier = 1;
}

def QTile_LookupOp : QTile_Op<"lookup", [Pure, AllTypesMatch<["indices", "values"]>]> {
  let summary = "a table of at most 16 bytes at every index";
  let description = [{
    Byte i of the result is `table`[indices[i]]; indices are below 16, those beyond the table give anything.

    Example: `%values = qtile.lookup %codes in [-127, -104, -83, -65] : vector<32xi8>`
  }];
  let arguments = (ins VectorOfRankAndType<[1], [I8]>:$indices, DenseI64ArrayAttr:$table);
  let results = (outs VectorOfRankAndType<[1], [I8]>:$values);
  let assemblyFormat = "$indices `in` $table attr-dict `:` type($indices)";
  let hasVerifier = 1;
}

def QTile_UnpackOp : QTile_Op<"unpack", [Pure, AllTypesMatch<["bytes", "codes"]>]> {
  let summary = "some bits of every byte, moved";
  let description = [{
    Bits [to, to + bits) of every byte of the result are bits [from, from + bits) of the operand's, all others 0: a code of a
    plane, or a part of one.

    Example: `%high = qtile.unpack %bytes 4 bits from 4 to 0 : vector<32xi8>`
  }];
  let arguments = (ins VectorOfRankAndType<[1], [I8]>:$bytes, I64Attr:$bits, I64Attr:$from, I64Attr:$to);
  let results = (outs VectorOfRankAndType<[1], [I8]>:$codes);
  let assemblyFormat = "$bytes $bits `bits` `from` $from `to` $to attr-dict `:` type($bytes)";
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

def QTile_DotMatrixOp : QTile_Op<"dot_matrix", [Pure, AllTypesMatch<["acc", "result"]>]> {
  let summary = "accumulate products of matrices of bytes, exactly";
  let description = [{
    `codes` has the bytes of 8 columns row by row, unsigned; `x` those of two rows of X, two's complement. Lane 2i + j of the
    accumulator gains the sum over c of codes[8i + c] * x[8j + c].

    Example: `%1 = qtile.dot_matrix %0, %codes, %x : vector<4xi32>, vector<16xi8>, vector<16xi8>`
  }];
  let arguments = (ins VectorOfRankAndType<[1], [I32]>:$acc, VectorOfRankAndType<[1], [I8]>:$codes,
                       VectorOfLengthAndType<[16], [I8]>:$x);
  let results = (outs VectorOfRankAndType<[1], [I32]>:$result);
  let assemblyFormat = "$acc `,` $codes `,` $x attr-dict `:` type($acc) `,` type($codes) `,` type($x)";
  let hasVerifier = 1;
}

def QTile_TileProductsOp : QTile_Op<"tile_products"> {
  let summary = "products of a decoded panel with rows of X, in memory";
  let description = [{
    For row m of `cols` rows of X, `x_stride` bytes apart, and row n of `rows` rows of weights (1 to 4 times 16), writes the
    int32 sum over q < `quads` and c < 4 of x[m * x_stride + 4q + c] * codes[4 * (q * rows + n) + c] to
    sums[((n div 16) * cols + m) * 16 + n mod 16]. Codes are unsigned bytes, X is two's complement. Up to 16 quads and 16
    rows of X: what the tile registers of AMX hold.

    Example: `qtile.tile_products %x, %stride, %codes, %sums {rows = 64 : i64, cols = 16 : i64, quads = 8 : i64}`
  }];
  let arguments = (ins QTile_Pointer:$x, I64:$x_stride, QTile_Pointer:$codes, QTile_Pointer:$sums, I64Attr:$rows,
                       I64Attr:$cols, I64Attr:$quads);
  let assemblyFormat = "$x `,` $x_stride `,` $codes `,` $sums attr-dict";
  let hasVerifier = 1;
}

def QTile_DotPairsOp : QTile_Op<"dot_pairs", [Pure, AllTypesMatch<["acc", "result"]>, AllTypesMatch<["w", "x"]>]> {
  let summary = "accumulate products of neighbouring bf16 values in f32";
  let description = [{
    Lane i of the accumulator gains w[2i] * x[2i] and w[2i + 1] * x[2i + 1], in any order, the products exact or rounded to
    f32, each sum rounded to nearest even. Operands, products and sums below the normal range may count as 0, whatever the
    processor's mode: that is how the instructions are made, and what kernels of bf16 declare (runtime/BundleFormat.h). On
    targets without one it is two fused multiply-adds.

    Example: `%1 = qtile.dot_pairs %0, %w, %x : vector<16xf32>, vector<32xbf16>`
  }];
  let arguments = (ins VectorOfRankAndType<[1], [F32]>:$acc, VectorOfRankAndType<[1], [BF16]>:$w,
                       VectorOfRankAndType<[1], [BF16]>:$x);
  let results = (outs VectorOfRankAndType<[1], [F32]>:$result);
  let assemblyFormat = "$acc `,` $w `,` $x attr-dict `:` type($acc) `,` type($w)";
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
