"""Holds what deploy/ says against schemas, and its parts against each other."""

import json
import pathlib
import re
import subprocess
import sys

import kubernetes_validate
import yaml
from jsonschema import Draft202012Validator

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
found = []

TEXT = {"type": "string", "minLength": 1}
SERVICE_MONITOR = {
    "type": "object",
    "required": ["apiVersion", "kind", "metadata", "spec"],
    "properties": {
        "apiVersion": {"const": "monitoring.coreos.com/v1"},
        "kind": {"const": "ServiceMonitor"},
        "spec": {
            "type": "object",
            "required": ["selector", "endpoints"],
            "additionalProperties": False,
            "properties": {
                "selector": {"type": "object", "required": ["matchLabels"]},
                "endpoints": {
                    "type": "array",
                    "minItems": 1,
                    "items": {
                        "type": "object",
                        "required": ["port"],
                        "additionalProperties": False,
                        "properties": {"port": TEXT, "interval": {"pattern": "^[0-9]+s$"}},
                    },
                },
            },
        },
    },
}
KUSTOMIZATION = {
    "type": "object",
    "required": ["resources"],
    "additionalProperties": False,
    "properties": {
        "apiVersion": {"const": "kustomize.config.k8s.io/v1beta1"},
        "kind": {"const": "Kustomization"},
        "namespace": TEXT,
        "labels": {"type": "array"},
        "resources": {"type": "array", "items": TEXT},
        "configMapGenerator": {
            "type": "array",
            "items": {"type": "object", "required": ["name", "files"]},
        },
        "images": {"type": "array", "items": {"type": "object", "required": ["name", "newTag"]}},
    },
}
COMPOSE = {
    "type": "object",
    "required": ["services"],
    "additionalProperties": False,
    "properties": {
        "name": TEXT,
        "networks": {"type": "object"},
        "volumes": {"type": "object"},
        "services": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "required": ["image", "networks"],
                "additionalProperties": False,
                "properties": {
                    "image": {"pattern": "^[a-z0-9./-]+:[A-Za-z0-9.]+$"},
                    "build": {"type": "object", "required": ["context", "dockerfile"]},
                    "command": {"type": "array", "items": TEXT},
                    "environment": {"type": "object", "additionalProperties": TEXT},
                    # Published on loopback only.
                    "ports": {"type": "array", "items": {"pattern": "^127\\.0\\.0\\.1:"}},
                    "volumes": {"type": "array", "items": TEXT},
                    "networks": {"type": "array", "items": TEXT},
                    "depends_on": {"type": "array", "items": TEXT},
                    "cap_drop": {"type": "array", "items": TEXT},
                    "security_opt": {"type": "array", "items": TEXT},
                    "read_only": {"type": "boolean"},
                    "restart": {"enum": ["unless-stopped", "on-failure", "no"]},
                    "stop_grace_period": {"pattern": "^[0-9]+s$"},
                },
            },
        },
    },
}


def hold(good, said):
    if not good:
        found.append(said)


def schema(document, wanted, name):
    for error in Draft202012Validator(wanted).iter_errors(document):
        place = "/".join(str(part) for part in error.absolute_path)
        found.append(f"{name}: {place}: {error.message}")


def load(path):
    return yaml.safe_load((DEPLOY / path).read_text())


def kubernetes(rendered):
    """What Kustomize makes of the folder: as it is applied."""
    folder = DEPLOY / "kubernetes"
    customization = load("kubernetes/kustomization.yaml")
    schema(customization, KUSTOMIZATION, "kustomization.yaml")
    files = {path.name for path in folder.glob("*.yaml")} - {"kustomization.yaml"}
    hold(files == set(customization["resources"]), "kustomization.yaml does not list its folder")
    for generator in customization["configMapGenerator"]:
        for name in generator["files"]:
            hold((folder / name).exists(), f"kustomization.yaml: no {name}")
    kinds = {}
    for document in yaml.safe_load_all(rendered.read_text()):
        name = document["kind"]
        hold(name not in kinds, f"{name} is there twice")
        kinds[name] = document
        space = document["metadata"].get("namespace")
        hold(name == "Namespace" or space == customization["namespace"], f"{name}: namespace {space}")
        if name == "ServiceMonitor":
            schema(document, SERVICE_MONITOR, name)
            continue
        try:
            kubernetes_validate.validate(document, "1.33", strict=True)
        except kubernetes_validate.ValidationError as error:
            found.append(f"{name}: {error.message}")
    hold("Secret" not in kinds, "a Secret is kept in the repository")
    stateful = kinds["StatefulSet"]["spec"]
    pod = stateful["template"]
    labels = pod["metadata"]["labels"]
    container = pod["spec"]["containers"][0]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    selectors = {
        "StatefulSet": stateful["selector"]["matchLabels"],
        "Service": kinds["Service"]["spec"]["selector"],
        "NetworkPolicy": kinds["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"],
        "PodDisruptionBudget": kinds["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"],
    }
    for kind, selector in selectors.items():
        hold(selector.items() <= labels.items(), f"{kind} does not select the pod")
    monitor = kinds["ServiceMonitor"]["spec"]
    service = kinds["Service"]
    chosen = monitor["selector"]["matchLabels"].items()
    hold(chosen <= service["metadata"]["labels"].items(), "ServiceMonitor: no such Service")
    named = {port["name"] for port in service["spec"]["ports"]}
    hold(monitor["endpoints"][0]["port"] in named, "ServiceMonitor: no such port")
    hold(stateful["serviceName"] == service["metadata"]["name"], "StatefulSet: no such Service")
    for probe in ["startupProbe", "readinessProbe"]:
        hold(container[probe]["grpc"]["port"] in ports.values(), f"{probe}: no such port")
    hold(pod["spec"]["restartPolicy"] == "Always", "the pod is not restarted after a panic")
    secure = container["securityContext"]
    hold(pod["spec"]["securityContext"]["runAsNonRoot"] is True, "the pod may run as root")
    hold(secure["readOnlyRootFilesystem"] is True, "the container may write its image")
    hold(secure["capabilities"] == {"drop": ["ALL"]}, "the container keeps capabilities")
    maps = [volume["configMap"]["name"] for volume in pod["spec"]["volumes"] if "configMap" in volume]
    made = kinds["ConfigMap"]["metadata"]["name"]
    hold(maps == [made], f"the pod mounts {maps}, and Kustomize makes {made}")
    volumes = {volume["name"] for volume in pod["spec"]["volumes"]}
    volumes |= {claim["metadata"]["name"] for claim in stateful["volumeClaimTemplates"]}
    mounted = {mount["name"] for mount in container["volumeMounts"]}
    hold(volumes == mounted, f"volumes {volumes} and mounts {mounted} differ")


def compose():
    document = load("compose.yaml")
    schema(document, COMPOSE, "compose.yaml")
    for name, service in document["services"].items():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("."):
                hold((DEPLOY / source).exists(), f"compose.yaml: {name}: no {source}")
            else:
                hold(source in document["volumes"], f"compose.yaml: {name}: no volume {source}")
        hold(not service["image"].endswith(":latest") or "build" in service, f"{name} floats")
        for other in service.get("depends_on", []):
            hold(other in document["services"], f"compose.yaml: {name}: no {other}")


def observers():
    services = load("compose.yaml")["services"]
    collector = load("collector/collector.yaml")
    for name, pipeline in collector["service"]["pipelines"].items():
        for part in ["receivers", "processors", "exporters"]:
            for used in pipeline[part]:
                hold(used in collector[part], f"collector.yaml: {name}: no {used} in {part}")
    for extension in collector["service"]["extensions"]:
        hold(extension in collector["extensions"], f"collector.yaml: no {extension}")
    addresses = [collector["exporters"]["otlp/tempo"]["endpoint"]]
    prometheus = load("prometheus/prometheus.yml")
    for job in prometheus["scrape_configs"]:
        addresses += [target for part in job["static_configs"] for target in part["targets"]]
    sources = load("grafana/provisioning/datasources/datasources.yaml")["datasources"]
    addresses += [source["url"].removeprefix("http://") for source in sources]
    for address in addresses:
        hold(address.split(":")[0] in services, f"compose.yaml has no {address}")
    uids = {source["uid"] for source in sources}
    for path in sorted((DEPLOY / "grafana/dashboards").glob("*.json")):
        dashboard(path.name, json.loads(path.read_text()), uids)


def dashboard(name, made, uids):
    ids = [panel["id"] for panel in made["panels"]]
    hold(len(ids) == len(set(ids)), f"{name}: an id is used twice")
    cells = set()
    for panel in made["panels"]:
        hold(panel["datasource"]["uid"] in uids, f"{name}: {panel['title']}: no such data source")
        place = panel["gridPos"]
        hold(place["x"] + place["w"] <= 24, f"{name}: {panel['title']} sticks out")
        own = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        hold(not own & cells, f"{name}: {panel['title']} lies over another panel")
        cells |= own
        hold(panel["targets"], f"{name}: {panel['title']} asks nothing")


def anchors(markdown):
    """As code forges make them of headings."""
    headings = re.findall(r"^#+ +(.+)$", markdown, re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()).strip() for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


def alerts():
    tested = (DEPLOY / "prometheus/alerts_test.yml").read_text()
    for group in load("prometheus/alerts.yml")["groups"]:
        for rule in group["rules"]:
            name = rule["alert"]
            page, _, anchor = rule["annotations"]["runbook"].partition("#")
            path = ROOT / page
            known = anchors(path.read_text()) if path.exists() else set()
            hold(anchor in known, f"{name}: {page} has no heading for #{anchor}")
            hold(f'alertname="{name}"' in tested, f"{name} has no test")
            hold(rule["labels"]["severity"] in {"critical", "warning", "info"}, name)


def configurations(binary):
    for path in ["goodstanding.toml", "kubernetes/goodstanding.toml"]:
        out = subprocess.run([binary, "config", "check", DEPLOY / path], capture_output=True)
        hold(out.returncode == 0, f"{path}: {out.stderr.decode()}")


def secrets():
    for path in DEPLOY.rglob("*"):
        if path.is_file():
            text = path.read_text()
            hold("PRIVATE KEY" not in text, f"{path} holds a private key")
            hold(not re.search(r"(?i)(password|secret|token)[\"']?\s*[:=]\s*[\"'][^\"'$]{4,}", text),
                 f"{path} holds a secret")


kubernetes(pathlib.Path(sys.argv[2]))
compose()
observers()
alerts()
configurations(sys.argv[1])
secrets()
for said in found:
    print(said)
print(f"manifests: {len(found)} faults")
sys.exit(bool(found))
