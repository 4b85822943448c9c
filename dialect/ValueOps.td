// Ops that say what a format's bits mean, and how values become bits.
#ifndef QUOIN_VALUE_OPS
#define QUOIN_VALUE_OPS

include "dialect/FormatOps.td"

def Quoin_DecodeOp : Quoin_FormatPart<"decode"> {
  let summary = "the f32 value of an element";
  let description = [{
    One variable: the element's index in the tile, row-major. Two: row n and column k of W, where fields of record
    streams read the record that holds (n, k). Integers are exact, floats are rounded at each operation as written, so
    the expression fixes the value to the bit.

    ```mlir
    quoin.format @example_8bit {
      stream weight : si8 [N, K]
      stream scale : f32 [N]
      decode (n, k) = weight[n, k] * scale[n]
    }
    ```
  }];
  let arguments = (ins StrArrayAttr:$vars, Quoin_ExprAttr:$value);
  let assemblyFormat = "custom<NameTuple>($vars) `=` custom<Expr>($value) attr-dict";
  let hasVerifier = 1;
}

def Quoin_OverlayOp : Quoin_FormatPart<"overlay"> {
  let summary = "single elements replaced or increased after decode";
  let description = [{
    For each p in ascending order the value at (rows[p], cols[p]) is replaced by values[p], or increased by it. The
    three streams have one extent, the same.

    ```mlir
    quoin.format @example_outliers {
      size P
      stream row : si32 [P]
      stream col : si32 [P]
      stream kept : f16 [P]
      stream weight : si8 [N, K]
      decode (n, k) = weight[n, k]
      overlay add rows row cols col values kept
    }
    ```
  }];
  let arguments = (ins UnitAttr:$add, StrAttr:$rows, StrAttr:$cols, StrAttr:$values);
  let assemblyFormat = [{
    custom<OverlayMode>($add) `rows` custom<Name>($rows) `cols` custom<Name>($cols) `values` custom<Name>($values)
    attr-dict
  }];
}

def Quoin_TempOp : Quoin_FormatPart<"temp"> {
  let summary = "an intermediate of the encoder";
  let description = [{
    Computed once for each index (and for each record, where there are records) and then read like a field. `x` is the
    weight: `x[i]` where decode has one variable, `x[n, k]` where it has two; outside the matrix it reads as 0.

    ```mlir
    quoin.format @example_absmax tile [1, 32] {
      stream block record 34
      field d : f16 in block at 0
      field q[i: 32] : si8 in block at 16 + 8 * i
      decode (i) = q[i] * d
      temp scale = absmax(i: 32, x[i]) / 127.0
      encode d = scale
      encode q[i] = round(x[i] * select(scale == 0.0, 0.0, 1.0 / scale), si8, rna)
    }
    ```
  }];
  let arguments = (ins StrAttr:$label, StrArrayAttr:$indices, Quoin_ExprArrayAttr:$extents, Quoin_ExprAttr:$value);
  let assemblyFormat = "custom<Name>($label) `` custom<Indices>($indices, $extents) `=` custom<Expr>($value) attr-dict";
  let hasVerifier = 1;
}

def Quoin_EncodeOp : Quoin_FormatPart<"encode"> {
  let summary = "what is stored in a field";
  let description = [{
    Either an expression of the weights (`x`), of temps and of fields encoded before, which then read as stored; or `by
    search`: the lowest code that minimises the summed squared error of the weights that read it. Search is the inverse
    of any decode expression, at the price of trying every code.

    ```
    encode (name | `(` name, ... `)`) (`[` var, ... `]`)? (`=` expr | `by` `search`)
    ```

    ```mlir
    quoin.format @example_search tile [1, 16] {
      table level[4] : f32 = [-1.0, -0.25, 0.25, 1.0]
      stream block record 6
      field d : f16 in block at 0
      field q[i: 16] : ui2 in block at 16 + 2 * i
      decode (i) = level[q[i]] * d
      encode d = absmax(i: 16, x[i])
      encode q[i] by search
    }
    ```
  }];
  let arguments = (ins StrArrayAttr:$fields, StrArrayAttr:$vars, OptionalAttr<Quoin_ExprAttr>:$value);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
}

#endif
