#!/usr/bin/env bash
# Writes what the fuzz targets begin with below a folder: the examples of the rule pages, and the files of seeds/.
set -euo pipefail
out=$(realpath -m "${1:?usage: seeds.sh FOLDER}")
cd "$(dirname "$0")"
mkdir -p "$out"/{yaml,file,files,fixes,config,baseline}
for page in ../rules/*.md; do
  name=$(basename "$page" .md)
  awk -v out="$out" -v name="$name" '
    function finish(target) { printf "%s", text > (out "/" target "/" name "-" count); close(out "/" target "/" name "-" count) }
    /^```yaml/ { on = 1; text = ""; count++; next }
    /^```/ && on {
      on = 0
      if (index(text, "# file: ") || index(text, "# before: ")) { finish("files") }
      else { finish("yaml"); finish("file"); finish("fixes") }
    }
    on { text = text $0 "\n" }
  ' "$page"
done
for target in files config baseline; do
  cp seeds/"$target"/* "$out/$target"/
done
