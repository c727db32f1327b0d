#!/usr/bin/env bash
# Runs the examples of the documents exactly as printed, against the running binary: Python over
# mutual TLS, a browser over gRPC-Web with a seller's token, a receiver of traces, and plain clients.
# Installs its tools into a temporary directory (missing system packages by apt-get).
#   tests/clients/run.sh [BINARY]
set -euo pipefail
cd "$(dirname "$0")/../.."
binary=$(realpath "${1:-target/debug/goodstanding}")
work=$(mktemp -d)
pids=()
portal=
finish() {
  if [ -n "$portal" ]; then kill -- "-$portal" 2>/dev/null || true; fi
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait
  rm -rf "$work"
}
trap finish EXIT

step() { printf -- '-- %s\n' "$1"; }
fail() { printf '%s\n' "$1"; exit 1; }

# Waits up to a minute until a command succeeds.
until_true() {
  for _ in $(seq 600); do
    if "$@" >/dev/null 2>&1; then return; fi
    sleep 0.1
  done
  fail "never: $*"
}

# Waits until the service that was started last, whose log is given, is ready.
ready() {
  service=$!
  pids+=("$service")
  until_true grep -q -e ready -e error -e Error "$1"
  grep -q 'ready' "$1" || { cat "$1"; exit 1; }
}

stop() {
  kill -TERM "$service"
  wait "$service" || fail "the service did not end well"
}

# A copy of the checkout, so that generated files do not get into this one.
mkdir -p "$work/checkout/tests" "$work/bin" "$work/examples"
cp -r README.md docs proto buf.yaml "$work/checkout"
cp -r tests/clients "$work/checkout/tests"
cd "$work/checkout"
ln -s "$binary" "$work/bin/goodstanding"
# Installs missing tools only: a Node.js from another packager conflicts with the system's npm.
absent=()
for tool in npm chromium openssl; do
  command -v "$tool" >/dev/null || absent+=("$tool")
done
if [ ${#absent[@]} -gt 0 ]; then
  (apt-get update -qq && apt-get install -y -qq --no-install-recommends "${absent[@]}") >/dev/null
fi
# Runs without a screen, and in containers without user namespaces.
printf '#!/bin/sh\nexec %s --headless --no-sandbox --disable-gpu --remote-debugging-port=0 "$@"\n' \
  "$(command -v chromium)" >"$work/bin/chromium"
chmod +x "$work/bin/chromium"
export PATH="$work/bin:$PATH"
read -r -a ports < <(python3 -c '
import socket
listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(4)]
print(*(each.getsockname()[1] for each in listeners))')
address=127.0.0.1:${ports[0]}
python3 tests/clients/examples.py "$work/examples" README.md docs/clients.md docs/tutorial-secured.md \
  "7311=${ports[0]}" "8080=${ports[1]}" "4317=${ports[2]}" "9311=${ports[3]}" \
  riskiest.py call.py query.sh watch.py standing.ts trust.sh python.sh serve.sh events.sh portal.sh
cmp "$work/examples/standing.ts" tests/clients/web/standing.ts

step "certificates, tokens, stubs"
. "$work/examples/trust.sh" >"$work/trust.log" 2>&1 || { cat "$work/trust.log"; exit 1; }
. "$work/examples/python.sh"

step "a receiver of traces, and the service"
python tests/clients/python/collector.py "${ports[2]}" >"$work/spans" &
pids+=("$!")
# The last command of the example is the service. With exec it replaces the shell and takes signals.
sed -i 's/^goodstanding serve/exec &/' "$work/examples/serve.sh"
GOODSTANDING_SERVER__LISTEN=$address bash -euo pipefail "$work/examples/serve.sh" >"$work/serve.log" 2>&1 &
ready "$work/serve.log"

step "events over mutual TLS"
. "$work/examples/events.sh" | tee "$work/events"
grep -q ' 100000 of them new' "$work/events"
trace=$(sed -n 's/^trace: //p' "$work/events")
# The stages of a batch are spans in the caller's trace.
for stage in goodstanding.v1.IngestService/Ingest decode 'group commit' fold append flush publish; do
  until_true grep -q "^span $trace .* $stage\$" "$work/spans"
done
until_true sh -c "curl -s http://127.0.0.1:${ports[3]}/metrics | grep -q '^goodstanding_events_total'"
# A caller without certificate and token is refused.
if goodstanding status --server "https://localhost:${ports[0]}" --ca trial/ca.crt >"$work/refused" 2>&1; then
  fail "a caller without credentials was accepted"
fi
grep -q 'wants to know who calls' "$work/refused" || { cat "$work/refused"; exit 1; }

step "a browser over gRPC-Web, with a seller's token"
# A process group of its own, so that the browser ends with it.
setsid bash -euo pipefail "$work/examples/portal.sh" >"$work/portal" 2>&1 &
portal=$!
until_true grep -q '^ok: \|^failed: ' "$work/portal" || { cat "$work/portal"; exit 1; }
grep '^ok: \|^failed: ' "$work/portal"
grep -q '^ok: ' "$work/portal"
kill -- "-$portal"
wait "$portal" 2>/dev/null || true
portal=
stop

step "the plain examples"
goodstanding serve --listen "$address" --data "$work/data" >"$work/plain.log" 2>&1 &
ready "$work/plain.log"
goodstanding import --server "http://$address" --format events trial/market/events.jsonl >/dev/null
(cd "$work/examples" &&
  PATH="$work/checkout/tests/clients/web/node_modules/.bin:$PATH" bash -euo pipefail query.sh >query.json)
grep -q '"logOdds"' "$work/examples/query.json"
python "$work/examples/riskiest.py" | tee "$work/riskiest" | grep '^sim'
grep -q '^  [+-][0-9.]* [A-Z]' "$work/riskiest"
python "$work/examples/watch.py" >"$work/watch" 2>"$work/watch.log" &
watcher=$!
pids+=("$watcher")
# The watch may begin after the first reviews, so each call sends new ones.
for _ in $(seq 30); do
  python "$work/examples/call.py"
  sleep 1
  if grep -q '^changed shop.example kettle' "$work/watch"; then break; fi
done
kill "$watcher"
wait "$watcher" 2>/dev/null || true
grep '^changed shop.example kettle' "$work/watch"
stop
step "all clients are served"
