#!/usr/bin/env bash
# Clients in other languages against the running binary, and the README's examples as they stand.
# Installs what it needs into a temporary place (Chromium, where it is absent, by apt-get).
#   tests/clients/run.sh [BINARY]
set -euo pipefail
cd "$(dirname "$0")/../.."
binary=$(realpath "${1:-target/debug/goodstanding}")
repo=$PWD
work=$(mktemp -d)
pids=()
finish() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait
  rm -rf "$work"
}
trap finish EXIT

step() { printf -- '-- %s\n' "$1"; }

# Starts the service with a configuration; sets `address` and `service`.
serve() {
  local log=$work/serve.log
  : >"$log"
  "$binary" --log-format json serve --listen 127.0.0.1:0 "$@" 2>"$log" &
  service=$!
  pids+=("$service")
  for _ in $(seq 600); do
    address=$(sed -n 's/.*"address":"\([^"]*\)".*"ready".*/\1/p; s/.*"ready".*"address":"\([^"]*\)".*/\1/p' "$log" | head -1)
    if [ -n "$address" ]; then return; fi
    kill -0 "$service" 2>/dev/null || { cat "$log"; exit 1; }
    sleep 0.1
  done
  cat "$log"
  exit 1
}

stop() {
  kill -TERM "$service"
  wait "$service" || { echo "the service did not end well"; exit 1; }
}

step "what the clients need"
python3 -m venv "$work/venv"
python=$work/venv/bin/python
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
  grpcio grpcio-tools 'pyjwt[crypto]'
mkdir "$work/stubs"
"$python" -m grpc_tools.protoc -I proto --python_out="$work/stubs" --grpc_python_out="$work/stubs" \
  proto/goodstanding/v1/*.proto
if ! command -v npm >/dev/null || ! command -v chromium >/dev/null || ! command -v openssl >/dev/null; then
  (apt-get update -qq && apt-get install -y -qq --no-install-recommends npm chromium openssl) >/dev/null
fi
cp -r tests/clients/web "$work/web"
(cd "$work/web" && npm install --silent --no-audit --no-fund >/dev/null 2>&1 &&
  PATH="$PWD/node_modules/.bin:$PATH" buf generate "$repo" --template buf.gen.yaml)

step "a Python client over mutual TLS"
"$python" tests/clients/python/credentials.py "$work" S000007 S000000
cat >"$work/backend.toml" <<TOML
[tls]
certificate = "$work/server.crt"
key = "$work/server.key"
client_ca = "$work/ca.crt"
client_certificates = "required"
[[auth.clients]]
name = "ingest.platform.example"
role = "platform"
TOML
serve --config "$work/backend.toml" --data "$work/backend"
PYTHONPATH=$work/stubs "$python" tests/clients/python/stream.py "$address" \
  --ca "$work/ca.crt" --cert "$work/backend.crt" --key "$work/backend.key"
stop

step "the README's examples"
serve --data "$work/data"
"$binary" simulate --out "$work/market" --reviews 3000 --seed 3 >/dev/null
"$binary" import --server "http://$address" --format events "$work/market/events.jsonl" >/dev/null
mkdir "$work/examples"
"$python" tests/clients/examples.py README.md "$work/examples" "$address" \
  call.py query.sh watch.py standing.ts
(cd "$work/examples" && PATH="$work/web/node_modules/.bin:$PATH" bash -euo pipefail query.sh >query.json)
grep -q '"logOdds"' "$work/examples/query.json"
PYTHONPATH=$work/stubs "$python" "$work/examples/watch.py" >"$work/watch" 2>"$work/watch.log" &
watcher=$!
pids+=("$watcher")
# The watch may begin after the first reviews: each call sends new ones.
for _ in $(seq 30); do
  PYTHONPATH=$work/stubs "$python" "$work/examples/call.py"
  sleep 1
  if grep -q '^moved shop.example kettle' "$work/watch"; then break; fi
done
kill "$watcher"
wait "$watcher" 2>/dev/null || true
grep '^moved shop.example kettle' "$work/watch"
stop

step "a browser over gRPC-Web, with a seller's token"
port=$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >"$work/portal.toml" <<TOML
[auth.tokens]
issuer = "https://id.example"
audience = "goodstanding"
keys_file = "$work/keys.json"
[web]
allowed_origins = ["http://127.0.0.1:$port"]
TOML
serve --config "$work/portal.toml" --data "$work/data"
cp "$work/examples/standing.ts" "$work/web/standing.ts"
(cd "$work/web" && node_modules/.bin/tsc && node_modules/.bin/esbuild page.ts \
  --bundle --format=esm --outfile=public/page.js --log-level=warning)
echo '<!doctype html><title>Standing</title><script type="module" src="page.js"></script>' \
  >"$work/web/public/index.html"
printf '{"server":"http://%s","own":"S000007","foreign":"S000000","token":"%s"}' \
  "$address" "$(cat "$work/S000007.token")" >"$work/web/public/trial.json"
"$python" tests/clients/python/page.py "$port" "$work/web/public" >"$work/result" &
page=$!
pids+=("$page")
chromium --headless --no-sandbox --disable-gpu --user-data-dir="$work/profile" \
  "http://127.0.0.1:$port/index.html" --remote-debugging-port=0 >/dev/null 2>&1 &
browser=$!
pids+=("$browser")
for _ in $(seq 600); do
  if [ -s "$work/result" ]; then break; fi
  sleep 0.1
done
kill "$browser" 2>/dev/null || true
cat "$work/result"
grep -q '^ok: ' "$work/result"
stop
step "all clients are served"
