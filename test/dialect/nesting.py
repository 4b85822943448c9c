"""Writes a format whose decode expression nests: nesting.py DEPTH parentheses|signs|sums|calls|lets|chain."""

import sys

depth, kind = int(sys.argv[1]), sys.argv[2]
inner = "weight[n, k]"
lets = ""
if kind == "parentheses":
    value = "(" * depth + inner + ")" * depth
elif kind == "signs":
    value = "-" * depth + inner
elif kind == "sums":
    value = inner + " + 1" * depth
elif kind == "calls":
    value = "abs(" * depth + inner + ")" * depth
elif kind == "chain":
    lets = "  let l0(v) = v\n" + "".join(f"  let l{j + 1}(v) = l{j}(v) + 1\n" for j in range(depth))
    value = f"l{depth}({inner})"
else:
    # Each let uses the one before it twice, so that substitution by text would take 2 to the depth.
    lets = "  let l0(v) = v\n" + "".join(f"  let l{j + 1}(v) = l{j}(v) + l{j}(v + 1)\n" for j in range(depth))
    value = f"l{depth}({inner})"
print(f"quoin.format @deep {{\n  stream weight : ui8 [N, K]\n{lets}  decode (n, k) = {value}\n}}")
