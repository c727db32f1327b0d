"""Building blocks of dashboards: expressions, panels, positions."""

PROMETHEUS = {"type": "prometheus", "uid": "prometheus"}
TEMPO = {"type": "tempo", "uid": "tempo"}
ONE = '{instance=~"$instance"}'


def with_labels(labels):
    return '{instance=~"$instance",' + labels + "}"


def rate(metric, labels="", by=""):
    selector = with_labels(labels) if labels else ONE
    return f"sum{by} (rate({metric}{selector}[$__rate_interval]))"


def quantile(q, metric, labels="", by=""):
    selector = with_labels(labels) if labels else ONE
    by = f"by (le{', ' + by if by else ''})"
    inner = f"sum {by} (rate({metric}_bucket{selector}[$__rate_interval]))"
    return f"histogram_quantile({q}, {inner})"


def quantiles(metric, labels=""):
    return [
        (quantile(0.5, metric, labels), "median"),
        (quantile(0.99, metric, labels), "99th percentile"),
    ]


def share(part, whole):
    return f"({part}) / clamp_min({whole}, 1e-9)"


def panel(title, targets, unit="short", kind="timeseries", about="", width=12, stack=False):
    field = {"defaults": {"unit": unit, "custom": {}}, "overrides": []}
    if kind == "timeseries":
        field["defaults"]["custom"] = {"lineWidth": 1, "fillOpacity": 20 if stack else 5}
        if stack:
            field["defaults"]["custom"]["stacking"] = {"mode": "normal"}
    return {
        "title": title,
        "description": about,
        "type": kind,
        "datasource": PROMETHEUS,
        "fieldConfig": field,
        "options": {},
        "targets": [
            {"refId": chr(65 + i), "datasource": PROMETHEUS, "expr": expr, "legendFormat": legend}
            for i, (expr, legend) in enumerate(targets)
        ],
        "width": width,
    }


def traces(title, query, about=""):
    return {
        "title": title,
        "description": about,
        "type": "table",
        "datasource": TEMPO,
        "fieldConfig": {"defaults": {}, "overrides": []},
        "options": {},
        "targets": [
            {
                "refId": "A",
                "datasource": TEMPO,
                "queryType": "traceql",
                "query": query,
                "tableType": "traces",
                "limit": 20,
            }
        ],
        "width": 24,
    }


def stat(title, expr, unit="short", about=""):
    return panel(title, [(expr, "")], unit, "stat", about, width=6)


def dashboard(uid, title, panels):
    x = y = 0
    height = 8
    placed = []
    for number, one in enumerate(panels, start=1):
        width = one.pop("width")
        if x + width > 24:
            x, y = 0, y + height
        tall = 4 if one["type"] == "stat" else height
        placed.append({"id": number, **one, "gridPos": {"h": tall, "w": width, "x": x, "y": y}})
        x += width
    instance = {
        "name": "instance",
        "label": "Instance",
        "type": "query",
        "datasource": PROMETHEUS,
        "query": {"query": "label_values(goodstanding_writable, instance)", "refId": "A"},
        "includeAll": True,
        "allValue": ".+",
        "multi": True,
        "refresh": 2,
        "current": {"text": "All", "value": "$__all"},
    }
    return {
        "uid": uid,
        "title": title,
        "tags": ["goodstanding"],
        "schemaVersion": 39,
        "editable": True,
        "refresh": "30s",
        "time": {"from": "now-1h", "to": "now"},
        "timezone": "utc",
        "templating": {"list": [instance]},
        "annotations": {"list": []},
        "links": [
            {
                "title": "Goodstanding",
                "type": "dashboards",
                "tags": ["goodstanding"],
                "asDropdown": True,
                "includeVars": True,
                "keepTime": True,
            }
        ],
        "panels": placed,
    }
