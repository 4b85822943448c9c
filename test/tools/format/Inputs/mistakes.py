"""mistakes.py QUOIN_FORMAT GOOD.mlir: what verify says of the text after one mistake each, made by a line of sed. A message
must be short, the exit status 1, and nothing may look like compiler internals."""

import re
import subprocess
import sys

tool, good = sys.argv[1:]

MISTAKES = {
    "a misspelt declaration": "s/decode (i)/decod (i)/",
    "a misspelt format": "s/quoin.format/quoin.fromat/",
    "a format without the language's name": "s/quoin.format/format/",
    "another language": "s/quoin.format/struct/",
    "a text of MLIR": "2s/.*/func.func @f() { return }/",
    "no brace at the end": "$d",
    "a brace too many": "$a }",
    "a format inside a format": "2p",
    "a comment of another language": "2s/^/# codes\\n/",
    "a character that is no ASCII": "s/) \\* d/) × d/",
    "a byte order mark": "1s/^/\\xEF\\xBB\\xBF/",
    "an operator of another language": "s/(q\\[i\\] - 4) \\* d/q[i] > 4 ? d : 0.0/",
    "no parenthesis": "s/- 4)/- 4/",
    "a misspelt loop": "s/signmax/sgnmax/",
    "a loop that is none": "s/signmax/average/",
    "a wrong type": "s/ui3 in/uint3 in/",
    "an unknown name": "s/(q\\[i\\]/(w[i]/",
    "an unknown stream": "s/f16 in block/f16 in blok/",
    "an index too many": "s/(q\\[i\\]/(q[i, 0]/",
    "a record too small": "s/record 14/record 13/",
    "a record too large": "s/record 14/record 15/",
    "bits of a float": "s/(q\\[i\\] - 4) \\* d/shl(d, 2)/",
    "a division of integers": "s/(q\\[i\\] - 4)/(q[i] \\/ 4)/",
    "no decode": "/decode/d",
    "a second decode": "/decode/p",
    "codes that nothing encodes": "/encode q/d",
}

for name, script in MISTAKES.items():
    with open("w.mlir", "w") as file:
        subprocess.run(["sed", script, good], stdout=file, check=True)
    done = subprocess.run([tool, "verify", "@mine", "w.mlir"], capture_output=True, text=True)
    said = done.stdout + done.stderr
    if done.returncode != 1 or not 1 <= said.count("\n") <= 20 or re.search(r"builtin|#quoin|loc\(|\.cpp|0x[0-9a-f]{6}", said):
        sys.exit(f"{name}: exit status {done.returncode}\n{said}")
    print(f"{name}:")
    print(said.replace("quoin-format: error:", "error:"), end="")
