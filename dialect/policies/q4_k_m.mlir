// A mix in the manner of llama.cpp's Q4_K_M: more bits where values and the way down are computed, in the first and last
// eighth of the layers and in every third between them. Norms, softmax and sums stay in f32.
quoin.policy @q4_k_m {
  rule "output.weight" use @q6_K activations int8 per 256
  rule "*.attn_v.weight" layers (first 1/8, last 1/8, every 3) use @q6_K activations int8 per 256
  rule "*.ffn_down.weight" layers (first 1/8, last 1/8, every 3) use @q6_K activations int8 per 256
  rule "*.weight" use @q4_K activations int8 per 256
  keep f32 (norm, softmax, accumulate)
}
