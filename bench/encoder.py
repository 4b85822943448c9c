"""The sentence encoder all-MiniLM-L6-v2 in numpy float64: its linear layers, and the activations that reach them.

A model is a dictionary of tensors under the names of its checkpoint. `forward` takes the linear layers' matmul as a
function, so the same code runs the reference, records every layer's input, and runs the quantized model.
"""

import math
import re

import numpy as np

LAYERS, HIDDEN, INNER, HEADS, WORDS, POSITIONS = 6, 384, 1536, 12, 30522, 512

# Text to encode: long enough for 128 tokens, plain enough for the vocabulary.
TEXT = """
A sentence encoder maps a piece of text to a vector, so that texts with a similar meaning lie close to each other.
Search engines use it to find answers that share no word with the question. The weights of its linear layers take most
of its memory, and at a batch of one most of its time goes into reading them. Stored with four bits each they are eight
times smaller than in single precision, and a good kernel turns that directly into speed. What is lost on the way can be
measured: in the weights, in the output of every layer, and in the final vector. Rivers, mountains, three green apples
and the price of bread in 1932 are here only to bring other words, numbers and rarer rows of the table into play.
"""


def linear_layers():
    """Names (without ".weight") of all linear layers with their [N, K], in order of execution."""
    layers = []
    for i in range(LAYERS):
        prefix = f"encoder.layer.{i}."
        layers += [(prefix + f"attention.self.{part}", (HIDDEN, HIDDEN)) for part in ("query", "key", "value")]
        layers.append((prefix + "attention.output.dense", (HIDDEN, HIDDEN)))
        layers.append((prefix + "intermediate.dense", (INNER, HIDDEN)))
        layers.append((prefix + "output.dense", (HIDDEN, INNER)))
    return layers + [("pooler.dense", (HIDDEN, HIDDEN))]


def generated(seed):
    """Random tensors with the model's names and shapes, for machines that cannot have the model itself."""
    rng = np.random.default_rng(seed)

    def normal(*shape, scale=0.04):
        return (rng.standard_normal(shape) * scale).astype(np.float32)

    model = {
        "embeddings.word_embeddings.weight": normal(WORDS, HIDDEN),
        "embeddings.position_embeddings.weight": normal(POSITIONS, HIDDEN),
        "embeddings.token_type_embeddings.weight": normal(2, HIDDEN),
    }
    norms = ["embeddings.LayerNorm"]
    for i in range(LAYERS):
        norms += [f"encoder.layer.{i}.attention.output.LayerNorm", f"encoder.layer.{i}.output.LayerNorm"]
    for name in norms:
        model[name + ".weight"] = 1 + normal(HIDDEN, scale=0.2)
        model[name + ".bias"] = normal(HIDDEN)
    for name, (n, k) in linear_layers():
        model[name + ".weight"] = normal(n, k)
        model[name + ".bias"] = normal(n)
    return model


def tokens(text, vocabulary, count):
    """Token numbers of the text, greedily from the longest known pieces, between [CLS] and [SEP]; `count` of them."""
    found = [vocabulary["[CLS]"]]
    for word in re.findall(r"[a-z0-9]+|[^\sa-z0-9]", text.lower()):
        found += _pieces(word, vocabulary)
    while len(found) < count - 1:
        found += found[1 : count - len(found)]
    return np.array(found[: count - 1] + [vocabulary["[SEP]"]])


def _pieces(word, vocabulary):
    pieces, start = [], 0
    while start < len(word):
        end = len(word)
        while end > start and ("##" if start else "") + word[start:end] not in vocabulary:
            end -= 1
        if end == start:
            return [vocabulary["[UNK]"]]
        pieces.append(vocabulary[("##" if start else "") + word[start:end]])
        start = end
    return pieces


def plain(model):
    """The matmul of the reference: x * W^T in float64."""
    return lambda name, x: x @ model[name + ".weight"].astype(np.float64).T


def recording(model, inputs):
    """As `plain`, keeping every layer's input in `inputs` as the float32 that a kernel gets."""
    matmul = plain(model)

    def record(name, x):
        inputs[name] = np.ascontiguousarray(x, dtype=np.float32)
        return matmul(name, x)

    return record


def forward(model, token_numbers, matmul):
    """Runs the encoder. `matmul(name, x)` gives x * W^T of the linear layer `name`; all else is float64 here.

    Returns the sentence's vector as the model's users take it: the mean over tokens, of length 1. The pooler layer is
    run too, since it belongs to the checkpoint, and its result is dropped, as its users do."""

    def get(name):
        return model[name].astype(np.float64)

    def linear(name, x):
        return matmul(name, x) + get(name + ".bias")

    def norm(name, x):
        centred = x - x.mean(axis=-1, keepdims=True)
        scale = np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + 1e-12)
        return centred / scale * get(name + ".weight") + get(name + ".bias")

    words = model["embeddings.word_embeddings.weight"][token_numbers].astype(np.float64)
    x = words + get("embeddings.position_embeddings.weight")[: len(token_numbers)]
    x = norm("embeddings.LayerNorm", x + get("embeddings.token_type_embeddings.weight")[0])
    for i in range(LAYERS):
        prefix = f"encoder.layer.{i}."
        q, k, v = (linear(prefix + f"attention.self.{part}", x) for part in ("query", "key", "value"))
        attended = linear(prefix + "attention.output.dense", _attention(q, k, v))
        x = norm(prefix + "attention.output.LayerNorm", attended + x)
        inner = _gelu(linear(prefix + "intermediate.dense", x))
        x = norm(prefix + "output.LayerNorm", linear(prefix + "output.dense", inner) + x)
    linear("pooler.dense", x)
    mean = x.mean(axis=0)
    return mean / np.linalg.norm(mean)


def _attention(q, k, v):
    def heads(x):
        return x.reshape(len(x), HEADS, -1).transpose(1, 0, 2)

    q, k, v = heads(q), heads(k), heads(v)
    scores = q @ k.transpose(0, 2, 1) / math.sqrt(HIDDEN // HEADS)
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    return (weights @ v).transpose(1, 0, 2).reshape(q.shape[1], -1)


_erf = np.vectorize(math.erf, otypes=[np.float64])


def _gelu(x):
    return 0.5 * x * (1 + _erf(x / math.sqrt(2)))
