#!/usr/bin/env bash
# fuzz.sh SECONDS: fuzz the runtime's marshaller (fuzz.c) with libFuzzer, ASan and UBSan; figures at the end.
# Runs where clang 19 with compiler-rt is: in the build's rootfs, or with CC and a folder for the results (WORK).
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
work="${WORK:-$(mktemp -d)}"
mkdir -p "$work/corpus"
{
  echo "static const struct sp_operation *const all_operations[] = {"
  grep -o '^static const struct sp_operation SP_OP_[A-Za-z0-9_]*' "$here/../operations.h" | sed 's/.* \(SP_OP_.*\)/  \&\1,/'
  echo "};"
} >"$work/all-operations.h"
"${CC:-clang}" -std=gnu11 -g -O1 -fno-pie -no-pie -mcmodel=small -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
  -fno-sanitize=alignment -DSALLYPORT_FUZZING -I"$work" -I"$here/.." -Wall -Wextra -Werror -Wno-unused-command-line-argument \
  "$here/fuzz.c" "$here/../frame.c" "$here/../waiting.c" "$here/../marshal.c" "$here/../signals.c" -o "$work/fuzz"
"$work/fuzz" -max_total_time="${1:-60}" -max_len=20000 -print_final_stats=1 -use_value_profile=1 "$work/corpus"
