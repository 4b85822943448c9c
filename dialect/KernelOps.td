// Ops above formats: what is computed with them, and which tensor gets which.
#ifndef QUOIN_KERNEL_OPS
#define QUOIN_KERNEL_OPS

include "dialect/FormatOps.td"

def Quoin_KernelOp : Quoin_Op<"kernel", [Symbol, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "a matrix product with quantized weights, and its numerics";
  let description = [{
    Declares Y[M, N] = X[M, K] * W[N, K]^T (+ bias[N]) for weights of a format. M, N and K are known when the kernel
    runs; `n` and `k` say for which N and K it is meant, which the format must allow. The numerics are part of the
    declaration and are kept: the precision of the activations, how products are summed (`exact` where activations are
    integers, else `f32`, unless stated) and the type of the output. How the kernel is computed is not said here: passes
    add layout, normal form and schedule as further attributes.

    The format is looked up in the file, then in the library, without regard to case. `layout stored` asks for a kernel
    that runs in place on the checkpoint's bytes; unless stated weights are packed.

    ```mlir
    quoin.format @example_8bit {
      stream weight : si8 [N, K]
      stream scale : f32 [N]
      decode (n, k) = weight[n, k] * scale[n]
    }
    quoin.kernel @project weights @example_8bit activations int8 per 32 accumulate exact output f32 bias f32
    quoin.kernel @fixed weights @example_8bit activations bf16 output f32 n = 4096 k = 4096 layout stored
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, FlatSymbolRefAttr:$weights, Quoin_ActivationsAttr:$activations,
                       OptionalAttr<Quoin_AccumulateAttr>:$accumulate, OptionalAttr<Quoin_PrecisionAttr>:$output,
                       OptionalAttr<Quoin_PrecisionAttr>:$bias, OptionalAttr<I64Attr>:$n, OptionalAttr<I64Attr>:$k,
                       OptionalAttr<Quoin_LayoutAttr>:$layout);
  let assemblyFormat = [{
    $sym_name `weights` $weights `activations` custom<Activations>($activations)
    (`accumulate` `` $accumulate^)? (`output` `` $output^)? (`bias` `` $bias^)?
    (`n` `=` $n^)? (`k` `=` $k^)? (`layout` `` $layout^)? attr-dict
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// How products are summed: as stated, else exact for int8 activations and f32 for the others.
    Accumulate accumulation();
    Precision outputPrecision() { return getOutput().value_or(Precision::F32); }
    Layout weightLayout() { return getLayout().value_or(Layout::Packed); }
  }];
}

def Quoin_PolicyOp : Quoin_Op<"policy", [Symbol, SingleBlock, NoTerminator, NoRegionArguments, OpAsmOpInterface]> {
  let summary = "which tensor gets which format";
  let description = [{
    Ordered rules; the first that matches a tensor's name and layer wins. A tensor that no rule matches stays as it is.

    ```mlir
    quoin.policy @example_mix {
      rule "*.attn_v.weight" layers (first 1/8, last 1/8, every 3) use @example_6bit activations int8 per 256
      rule "*.weight" use @example_4bit activations int8 per 256
      keep f32 (norm, softmax, accumulate)
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$sym_name attr-dict-with-keyword custom<Body>($body)";
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    static ::llvm::StringRef getDefaultDialect() { return "quoin"; }
  }];
}

def Quoin_RuleOp : Quoin_Op<"rule", [HasParent<"::quoin::PolicyOp">]> {
  let summary = "a format for the tensors a pattern names";
  let description = [{
    In the pattern `*` stands for any text and `?` for one character. With `layers` the rule holds in those layers
    alone; a tensor that belongs to no layer is not matched by it. Activations, accumulation and output are those of
    the kernels made for these tensors; without them the caller chooses.

    ```mlir
    quoin.policy @example_one {
      rule "blk.*.ffn_down.weight" layers (first 1/4) use @example_5bit activations int8 per 32 accumulate exact output f32
    }
    ```
  }];
  let arguments = (ins StrAttr:$pattern, OptionalAttr<Quoin_LayersArrayAttr>:$layers, FlatSymbolRefAttr:$format,
                       OptionalAttr<Quoin_ActivationsAttr>:$activations, OptionalAttr<Quoin_AccumulateAttr>:$accumulate,
                       OptionalAttr<Quoin_PrecisionAttr>:$output);
  let assemblyFormat = [{
    $pattern (`layers` custom<LayerSets>($layers)^)? `use` $format (`activations` custom<Activations>($activations)^)?
    (`accumulate` `` $accumulate^)? (`output` `` $output^)? attr-dict
  }];
  let hasVerifier = 1;
}

def Quoin_KeepOp : Quoin_Op<"keep", [HasParent<"::quoin::PolicyOp">]> {
  let summary = "what is not quantized";
  let description = [{
    The named parts of a model (`norm`, `softmax`, `accumulate`, `embedding`, `output`, `bias`, `router`) stay in the
    given precision, whatever the rules say.

    ```mlir
    quoin.policy @example_keep {
      rule "*" use @example_8bit
      keep f32 (norm, softmax)
    }
    ```
  }];
  let arguments = (ins Quoin_PrecisionAttr:$precision, StrArrayAttr:$parts);
  let assemblyFormat = "`` $precision custom<NameTuple>($parts) attr-dict"; // these attributes print a space of their own
  let hasVerifier = 1;
}

#endif
