"""What an oracle hands to a driver: the bytes of every stream and the weights they mean."""

import dataclasses
import pathlib

import numpy as np

HARD = "test/dialect/hard"
NOVEL = "test/dialect/novel"
ROOT = pathlib.Path(__file__).resolve().parents[2]


@dataclasses.dataclass
class Case:
    """One matrix: `streams` by name as arrays in storage order, `want` f32 [N, K]."""

    format: str
    what: str
    streams: dict
    want: np.ndarray
    text: str = ""  # file of the text below the repository, empty for the library's

    @property
    def shape(self):
        return self.want.shape

    @property
    def file(self):
        return [str(ROOT / self.text)] if self.text else []


def f16_scales(rng, shape, special):
    """Random f16 scales of both signs; `special` mixes in NaN, infinities, zeros, subnormals and the largest values."""
    scales = (rng.standard_normal(shape) * 0.02).astype(np.float16)
    return with_specials(rng, scales, [0.0, -0.0, 6e-8, -6e-8, 3e-5, 65504, -65504, np.inf, -np.inf, np.nan], special)


def f32_scales(rng, shape, special):
    scales = (rng.standard_normal(shape) * 0.02).astype(np.float32)
    specials = [0.0, -0.0, 1e-45, -1e-40, 3e38, -3e38, np.inf, -np.inf, np.nan]
    return with_specials(rng, scales, specials, special)


def with_specials(rng, scales, specials, special):
    if special and scales.size:
        flat = scales.reshape(-1)
        places = rng.permutation(flat.size)[: max(1, flat.size // 2)]
        flat[places] = np.resize(rng.permutation(np.array(specials, dtype=scales.dtype)), places.size)
    return scales


def bit_stream(codes, width, word_bits, spare_bits=1):
    """Packs codes [..., L] of `width` bits along the last axis, low bits first, into words of the last axis."""
    codes = np.asarray(codes, dtype=np.uint64)
    bits = (codes[..., None] >> np.arange(width, dtype=np.uint64)) & np.uint64(1)
    bits = bits.reshape(*codes.shape[:-1], codes.shape[-1] * width)
    spare = -bits.shape[-1] % word_bits
    bits = np.concatenate([bits, np.full((*bits.shape[:-1], spare), spare_bits, dtype=np.uint64)], axis=-1)
    bits = bits.reshape(*bits.shape[:-1], bits.shape[-1] // word_bits, word_bits)
    words = (bits << np.arange(word_bits, dtype=np.uint64)).sum(axis=-1, dtype=np.uint64)
    return words.astype({8: np.uint8, 32: np.uint32}[word_bits])


def sqnr(want, got):
    """Signal to quantization noise in dB, in double; inf where equal."""
    want, got = want.astype(np.float64), got.astype(np.float64)
    noise = np.sum((want - got) ** 2)
    if noise == 0:
        return np.inf
    signal = np.sum(want**2)
    return 10 * np.log10(signal / noise) if signal > 0 and np.isfinite(noise) else -np.inf
