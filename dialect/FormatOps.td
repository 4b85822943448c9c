// Ops that say where a format's bits lie: the format itself, its streams, fields, tables and names.
#ifndef QUOIN_FORMAT_OPS
#define QUOIN_FORMAT_OPS

include "mlir/IR/OpAsmInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/IR/RegionKindInterface.td"
include "dialect/QuoinAttrs.td"

def Quoin_FormatOp : Quoin_Op<"format", [Symbol, SingleBlock, NoTerminator, NoRegionArguments, IsolatedFromAbove,
                                         OpAsmOpInterface]> {
  let summary = "what values a stored weight matrix has";
  let description = [{
    Declares the streams of a matrix W[N, K], the fields in them and the f32 value of each element. A format says
    nothing of kernels: the same text serves the decoder, the encoder, the packers and every target.

    `tile [rows, cols]` is the block of elements that one record describes; formats without record streams have none.
    `<name = default, ...>` are parameters: integers in every expression, bound by `quoin.instance`. The attributes
    that carry integers, as `gguf = 2`, are the format's identity outside: readers of files look for them.

    The whole format is checked as soon as it is parsed, with its parameters' defaults: names, types, cycles, and that
    each bit of a record is claimed once.

    ```mlir
    quoin.format @example_4bit tile [1, 32] attributes {gguf = 2} {
      stream block record 18
      field d : f16 in block at 0
      field q[i: 32] : ui4 in block at 16 + 8 * (i mod 16) + 4 * (i floordiv 16)
      decode (i) = (q[i] - 8) * d
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, DefaultValuedAttr<StrArrayAttr, "{}">:$param_names,
                       DefaultValuedAttr<DenseI64ArrayAttr, "{}">:$param_defaults,
                       OptionalAttr<Quoin_ExprArrayAttr>:$tile);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $sym_name `` custom<Parameters>($param_names, $param_defaults) (`tile` custom<ExprList>($tile)^)?
    attr-dict-with-keyword custom<Body>($body)
  }];
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    static ::llvm::StringRef getDefaultDialect() { return "quoin"; }
  }];
}

class Quoin_FormatPart<string mnemonic, list<Trait> traits = []>
    : Quoin_Op<mnemonic, !listconcat([HasParent<"::quoin::FormatOp">], traits)>;

def Quoin_InstanceOp : Quoin_Op<"instance", [DeclareOpInterfaceMethods<Symbol, ["isOptionalSymbol"]>,
                                            DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "a name, or a family of names, for a parameterised format";
  let description = [{
    `@name` binds one name. A string is a pattern: each `{p}` matches an integer (a minus sign is allowed) and gives it
    to parameter p, so that one line serves a family of names. Parameters not mentioned keep their defaults. Lookup
    ignores case.

    ```mlir
    quoin.format @uniform<bits = 4, group = 128> {
      stream weight : ui<bits> [N, K]
      stream scale : f16 [N, K ceildiv group]
      decode (n, k) = weight[n, k] * scale[n, k floordiv group]
    }
    quoin.instance @example_3bit of @uniform<bits = 3>
    quoin.instance "example_w{bits}g{group}" of @uniform
    ```
  }];
  let arguments = (ins OptionalAttr<SymbolNameAttr>:$sym_name, OptionalAttr<StrAttr>:$pattern,
                       FlatSymbolRefAttr:$format, DefaultValuedAttr<StrArrayAttr, "{}">:$param_names,
                       DefaultValuedAttr<DenseI64ArrayAttr, "{}">:$param_values);
  let assemblyFormat = [{
    custom<InstanceName>($sym_name, $pattern) `of` $format `` custom<Parameters>($param_names, $param_values) attr-dict
  }];
  let hasVerifier = 1;
}

def Quoin_StreamOp : Quoin_FormatPart<"stream"> {
  let summary = "one buffer of storage";
  let description = [{
    `record B` is an array of records of B bytes, one for each tile of W. Otherwise the stream is planar: elements of a
    type, row-major, with extents that may use N, K, lets, sizes and elements of earlier streams. A planar stream can be
    read like a field of its name.

    ```
    stream name (`record` expr | `:` type `[` expr, ... `]`) `spare`? (`default` (`(` var, ... `)`)? `=` expr)? (`suffix` string)?
    ```

    `spare`: bits that no field claims are legal and ignored. `default`: the stream may be absent, and the expression
    stands for its elements. `suffix`: how the tensor's name ends outside.

    ```mlir
    quoin.format @example_grouped {
      stream weight : si8 [N, K]
      stream scale : f32 [N, K ceildiv 64] suffix ".scale"
      stream g_idx : si32 [K] default (k) = k floordiv 64
      decode (n, k) = weight[n, k] * scale[n, g_idx[k]]
    }
    ```
  }];
  let arguments = (ins StrAttr:$label, OptionalAttr<Quoin_ExprAttr>:$record, OptionalAttr<Quoin_ExprAttr>:$type,
                       OptionalAttr<Quoin_ExprArrayAttr>:$extents, UnitAttr:$spare,
                       OptionalAttr<StrArrayAttr>:$default_vars, OptionalAttr<Quoin_ExprAttr>:$default_value,
                       OptionalAttr<StrAttr>:$suffix);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
}

def Quoin_FieldOp : Quoin_FormatPart<"field"> {
  let summary = "one named stored quantity and the bits it lies in";
  let description = [{
    The bit map: for each index, the bit offset in the record (or in the whole planar stream) where the field lies. Bit
    b of a stream is bit b mod 8 of byte b div 8. A field may be cut into slices, low bits first, or have one map for
    each bit; no order of bits then needs a construct of its own.

    ```
    field name (`[` var `:` expr, ... `]`)? `:` type `in` stream `at` (expr | `(` width `:` expr, ... `)` | `bit` var `:` expr)
    ```

    ```mlir
    quoin.format @example_6bit tile [1, 32] {
      stream block record 26
      field d : f16 in block at 0
      field q[i: 32] : ui6 in block at (4: 16 + 4 * i, 2: 144 + 2 * i)
      decode (i) = (q[i] - 32) * d
    }
    quoin.format @example_words {
      stream weight : ui32 [3 * K floordiv 32, N]
      requires K mod 32 == 0
      field q[n: N, k: K] : ui3 in weight at bit b: 32 * ((3 * k + b) floordiv 32 * N + n) + (3 * k + b) mod 32
      decode (n, k) = q[n, k] - 4
    }
    ```
  }];
  let arguments = (ins StrAttr:$label, StrArrayAttr:$indices, Quoin_ExprArrayAttr:$extents, Quoin_ExprAttr:$type,
                       StrAttr:$stream, DefaultValuedAttr<Quoin_ExprArrayAttr, "{}">:$widths,
                       Quoin_ExprArrayAttr:$offsets, OptionalAttr<StrAttr>:$bit_var);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
}

def Quoin_LetOp : Quoin_FormatPart<"let"> {
  let summary = "a name for an expression";
  let description = [{
    The name stands for the expression wherever it is used; with parameters, the arguments are substituted. A let is
    not a stored quantity and costs nothing by itself.

    ```mlir
    quoin.format @example_lets {
      let blocks = N * K ceildiv 64
      let centred(c) = c - 8
      stream weight : ui4 [N, K]
      stream scale : f32 [blocks]
      decode (n, k) = centred(weight[n, k]) * scale[(n * K + k) floordiv 64]
    }
    ```
  }];
  let arguments = (ins StrAttr:$label, OptionalAttr<StrArrayAttr>:$params, Quoin_ExprAttr:$value);
  let assemblyFormat = [{
    custom<Name>($label) `` custom<OptionalNameTuple>($params) `=` custom<Expr>($value) attr-dict
  }];
  let hasVerifier = 1;
}

def Quoin_SizeOp : Quoin_FormatPart<"size"> {
  let summary = "an extent that only the stored data knows";
  let description = [{
    A free extent, such as the number of outliers: it is taken from the length of the stream that uses it alone as one
    of its extents.

    ```mlir
    quoin.format @example_sparse {
      size P
      stream row : si32 [P]
      stream col : si32 [P]
      stream kept : f16 [P]
      stream weight : si8 [N, K]
      decode (n, k) = weight[n, k]
      overlay replace rows row cols col values kept
    }
    ```
  }];
  let arguments = (ins StrAttr:$label);
  let assemblyFormat = "custom<Name>($label) attr-dict";
  let hasVerifier = 1;
}

def Quoin_RequiresOp : Quoin_FormatPart<"requires"> {
  let summary = "what must hold for N, K and the parameters";
  let description = [{
    A shape that breaks it is refused with the text of the condition; everything that is not excluded is legal.

    ```mlir
    quoin.format @example_pairs {
      requires K mod 2 == 0
      stream weight : ui8 [N, K floordiv 2]
      decode (n, k) = and(shr(weight[n, k floordiv 2], 4 * (k mod 2)), 15)
    }
    ```
  }];
  let arguments = (ins Quoin_ExprAttr:$condition);
  let assemblyFormat = "custom<Expr>($condition) attr-dict";
}

def Quoin_TableOp : Quoin_FormatPart<"table"> {
  let summary = "constants, written, computed or from a file";
  let description = [{
    Written tables list their elements row-major; computed ones give an expression of the index; tables too long for a
    text are little-endian elements in a file with a stated hash, looked up in the path and in the build's data. A
    missing file leaves the rest of the format checkable; using the format then fails with the reason.

    ```
    table name `[` (extent | var `:` extent), ... `]` `:` type (`=` `[` literal, ... `]` | `=` expr | `from` file `sha256` hash)
    ```

    ```mlir
    quoin.format @example_table tile [1, 32] {
      table level[4] : f32 = [-1.0, -0.25, 0.25, 1.0]
      table power[i: 4] : f32 = ldexp(1.0, i - 2)
      stream block record 12
      field q[i: 32] : ui2 in block at 2 * i
      field e[j: 16] : ui2 in block at 64 + 2 * j
      decode (i) = level[q[i]] * power[e[i floordiv 2]]
    }
    ```
  }];
  let arguments = (ins StrAttr:$label, OptionalAttr<StrArrayAttr>:$indices, Quoin_ExprArrayAttr:$extents,
                       Quoin_ExprAttr:$type, OptionalAttr<Quoin_ExprArrayAttr>:$elements,
                       OptionalAttr<Quoin_ExprAttr>:$value, OptionalAttr<StrAttr>:$file, OptionalAttr<StrAttr>:$sha256);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
}

def Quoin_PermuteOp : Quoin_FormatPart<"permute"> {
  let summary = "an axis is stored in another order";
  let description = [{
    The stream holds a permutation of the axis, which is checked when the data is bound. Decode, overlay and encode
    then see stored positions. `stored_to_logical`: stored position c holds logical index S[c]; `logical_to_stored` is
    the other direction.

    ```mlir
    quoin.format @example_sorted {
      stream order : si32 [K]
      permute k by order stored_to_logical
      stream weight : si8 [N, K]
      decode (n, c) = weight[n, c]
    }
    ```
  }];
  let arguments = (ins StrAttr:$axis, StrAttr:$stream, UnitAttr:$stored_to_logical);
  let assemblyFormat = "custom<Name>($axis) `by` custom<Name>($stream) custom<Direction>($stored_to_logical) attr-dict";
  let hasVerifier = 1;
}

#endif
