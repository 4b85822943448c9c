// Attributes: the expression, and the small vocabularies of kernels and policies.
#ifndef QUOIN_ATTRS
#define QUOIN_ATTRS

include "dialect/QuoinDialect.td"

def Quoin_ExprAttr : Quoin_Attr<"Expr", "expr"> {
  let summary = "a pure, typed expression of the description language";
  let description = [{
    An immutable tree: a kind, and as the kind asks a name, a literal, bound variables and operands (dialect/Expr.h
    lists the kinds). Names are not resolved: the tree is the text, so that it prints as it was written; `resolve`
    gives it types and meaning.

    Ops print expressions bare, as in `decode (i) = (q[i] - 8) * d`. As an attribute of its own the expression stands in
    angle brackets, where comparisons are spelled `lt le gt ge`, because MLIR matches angle brackets before it parses, and
    an element type has a colon before it:

    ```mlir
    #quoin.expr<select(lt(i, 16), q[i], 0)>
    #quoin.expr<: ui<bits>>
    ```
  }];
  let parameters = (ins
    "::quoin::ExprKind":$kind,
    StringRefParameter<"name of what is read, called or bound, or of a type">:$name,
    "int64_t":$value,
    ArrayRefParameter<"::mlir::StringAttr", "bound variables">:$vars,
    ArrayRefParameter<"::quoin::ExprAttr", "operands">:$operands);
  let hasCustomAssemblyFormat = 1;
}

def Quoin_ExprArrayAttr : TypedArrayAttrBase<Quoin_ExprAttr, "expressions">;

def Quoin_Precision : I32EnumAttr<"Precision", "a compute precision", [
    I32EnumAttrCase<"F32", 0, "f32">, I32EnumAttrCase<"F16", 1, "f16">, I32EnumAttrCase<"BF16", 2, "bf16">,
    I32EnumAttrCase<"Int8", 3, "int8">]> {
  let cppNamespace = "::quoin";
  let genSpecializedAttr = 0;
}
def Quoin_PrecisionAttr : EnumAttr<Quoin_Dialect, Quoin_Precision, "precision">;

def Quoin_Accumulate : I32EnumAttr<"Accumulate", "how products are summed", [
    I32EnumAttrCase<"Exact", 0, "exact">, I32EnumAttrCase<"F32", 1, "f32">, I32EnumAttrCase<"Strict", 2, "strict">]> {
  let cppNamespace = "::quoin";
  let genSpecializedAttr = 0;
}
def Quoin_AccumulateAttr : EnumAttr<Quoin_Dialect, Quoin_Accumulate, "accumulate"> {
  let description = [{
    `exact`: integers within a scale group, then one f32 fma per group in ascending k; equal bits on every target.
    `f32`: any order, with an error bound that the manifest states. `strict`: one f32 sum in ascending k.
  }];
}

def Quoin_Layout : I32EnumAttr<"Layout", "where the bits of the weights lie when the kernel runs", [
    I32EnumAttrCase<"Packed", 0, "packed">, I32EnumAttrCase<"Stored", 1, "stored">]> {
  let cppNamespace = "::quoin";
  let genSpecializedAttr = 0;
}
def Quoin_LayoutAttr : EnumAttr<Quoin_Dialect, Quoin_Layout, "layout"> {
  let description = [{
    `packed`: converted once to the order the kernel wants. `stored`: in place, as the checkpoint has them.
  }];
}

def Quoin_ActivationsAttr : Quoin_Attr<"Activations", "activations"> {
  let summary = "the precision activations are multiplied in";
  let description = [{
    `f32`, `f16`, `bf16`, or `int8` quantized once per call: `int8 per 32` has a scale for each 32 elements along k,
    `int8 per token` one for each row of X. `int8` alone means `int8 per 32`.

    ```mlir
    #quoin.activations<int8 per 32>
    ```
  }];
  let parameters = (ins "::quoin::Precision":$precision, "int64_t":$per);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    bool isInt8() const { return getPrecision() == Precision::Int8; }
    /// True where one scale serves a whole row of X.
    bool isPerToken() const { return isInt8() && getPer() == 0; }
    /// As command lines and kernel names spell it: "f32", "int8:32", "int8:token".
    std::string spelling() const;
  }];
}

def Quoin_LayerSet : I32EnumAttr<"LayerSet", "a set of layers", [
    I32EnumAttrCase<"First", 0, "first">, I32EnumAttrCase<"Last", 1, "last">, I32EnumAttrCase<"Every", 2, "every">]> {
  let cppNamespace = "::quoin";
  let genSpecializedAttr = 0;
}

def Quoin_LayersAttr : Quoin_Attr<"Layers", "layers"> {
  let summary = "some of a model's layers, for any number of layers";
  let description = [{
    With L layers: `first A/B` holds for layer < L*A div B, `last A/B` for layer >= L - L*A div B. `every C` counts from
    the end of the rule's `first` part (from 0 where it has none) and holds for the C-th layer, the 2C-th and so on.

    ```mlir
    #quoin.layers<first 1/8>
    ```
  }];
  let parameters = (ins "::quoin::LayerSet":$set, "int64_t":$numerator, "int64_t":$denominator);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}
def Quoin_LayersArrayAttr : TypedArrayAttrBase<Quoin_LayersAttr, "layer sets">;

#endif
