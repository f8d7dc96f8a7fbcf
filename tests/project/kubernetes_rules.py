"""Rules for deploy/kubernetes: what a cluster would refuse, and what would start and then not work. Each yields what is wrong."""

import re
from collections.abc import Callable, Iterator

import typer
from manifests import DOCKERFILE, FOLDER, KINDS, MEASURED_WORKER_MB, PAGE, VERSION, Manifest, Manifests, fits

from streams.cli import app
from streams.errors import ConfigurationError
from streams.settings import Settings


def every_file_is_applied(all_: Manifests) -> Iterator[str]:
    files = {path.name for path in FOLDER.glob("*.yaml")} - {"kustomization.yaml"}
    yield from (f"{name} is not applied" for name in files - set(all_.kustomization["resources"]))


def kinds_and_names(all_: Manifests) -> Iterator[str]:
    for each in all_.documents:
        if KINDS.get(each["kind"]) != each["apiVersion"]:
            yield f"{each['kind']} is no kind of {each['apiVersion']}"
    names = [(each["kind"], each["metadata"]["name"]) for each in all_.documents]
    yield from (f"{name} is there twice" for name in set(names) if names.count(name) > 1)


def images(all_: Manifests) -> Iterator[str]:
    given = {each["name"]: each["newTag"] for each in all_.kustomization["images"]}
    for _, container in all_.containers():
        tag = given.get(container["image"])
        if tag != VERSION:
            yield f"{container['name']} runs {container['image']}:{tag}, not {VERSION}"


def selectors(all_: Manifests) -> Iterator[str]:
    labels = [each["spec"]["template"]["metadata"]["labels"] for each in all_.workloads()]
    for each in all_.of("Deployment", "StatefulSet"):
        if not fits(each["spec"]["selector"]["matchLabels"], each["spec"]["template"]["metadata"]["labels"]):
            yield f"{each['metadata']['name']} does not select its own pods"
    wanted = [(each, each["spec"]["selector"]) for each in all_.of("Service")]
    wanted += [(each, each["spec"]["selector"]["matchLabels"]) for each in all_.of("PodDisruptionBudget")]
    wanted += [(each, each["spec"]["podSelector"]["matchLabels"]) for each in all_.of("NetworkPolicy")]
    for each, selector in wanted:
        if not any(fits(selector, found) for found in labels):
            yield f"{each['kind']} {each['metadata']['name']} selects no pod"


def services(all_: Manifests) -> Iterator[str]:
    for each in all_.of("StatefulSet"):
        if all_.named("Service", each["spec"]["serviceName"])["spec"].get("clusterIP") != "None":
            yield f"the service of {each['metadata']['name']} is not headless"
    ports = {port["name"] for _, container in all_.containers() for port in container.get("ports", [])}
    for each in all_.of("Service"):
        yield from (f"{each['metadata']['name']} goes to no port" for port in each["spec"].get("ports", []) if port["targetPort"] not in ports)


def probes(all_: Manifests) -> Iterator[str]:
    for workload in all_.of("Deployment", "StatefulSet"):
        for container in workload["spec"]["template"]["spec"]["containers"]:
            for kind, path in (("startupProbe", "/livez"), ("livenessProbe", "/livez"), ("readinessProbe", "/readyz")):
                if not asks(container.get(kind, {}), container, path, all_.settings(container)):
                    yield f"{container['name']} has no {kind} that asks {path} where it is served"


def asks(probe: Manifest, container: Manifest, path: str, settings: Settings) -> bool:
    part = container["args"][0]
    if part == "web":  # listens on the pod's address
        port = next(each["containerPort"] for each in container["ports"] if each["name"] == probe.get("httpGet", {}).get("port", "http"))
        return probe.get("httpGet", {}).get("path") == path and port == settings.web.port
    port = {"worker": settings.worker, "alerts": settings.alerts}[part].probe_port  # on loopback, which only the container itself reaches
    return f"http://127.0.0.1:{port}{path}'" in " ".join(probe.get("exec", {}).get("command", []))


def commands(all_: Manifests) -> Iterator[str]:
    for _, container in all_.containers():
        command, words = typer.main.get_command(app), list(container["args"])
        while words and words[0] in getattr(command, "commands", {}):
            command = command.commands[words.pop(0)]
        options = {option for parameter in command.params for option in getattr(parameter, "opts", [])}
        if hasattr(command, "commands") or any(word.startswith("-") and word not in options for word in words):
            yield f"plumbline {' '.join(container['args'])} is no command"


def settings_fit(all_: Manifests) -> Iterator[str]:
    for _, container in all_.containers():
        try:
            settings = all_.settings(container)
        except ConfigurationError as error:
            yield f"{container['name']}: {error}"
            continue
        encrypted = settings.clickhouse.url.startswith("https://") and settings.kafka.security_protocol == "SASL_SSL"
        if not (settings.kafka.bootstrap_servers and encrypted):
            yield f"{container['name']} is not told where Kafka and ClickHouse are, or reaches them in clear text"


def secrets(all_: Manifests) -> Iterator[str]:
    for _, container in all_.containers():
        for each in container.get("env", []):
            if "secretKeyRef" in each.get("valueFrom", {}) and each["valueFrom"]["secretKeyRef"]["key"] not in PAGE:
                yield f"docs/kubernetes.md does not tell where {each['name']} comes from"
            if re.search(r"(PASSWORD|TOKEN|__KEY)$", each["name"]) and "value" in each:
                yield f"{each['name']} of {container['name']} is written down"
    for each in all_.of("ConfigMap"):
        yield from (f"{name} is written down" for name in each["data"] if re.search(r"(PASSWORD|TOKEN|__KEY)$", name))


def confined(all_: Manifests) -> Iterator[str]:
    user = int(re.search(r"useradd --uid (\d+)", DOCKERFILE)[1])
    for pod, container in all_.containers():
        wide, narrow = pod.get("securityContext", {}), container.get("securityContext", {})
        if not (wide.get("runAsNonRoot") and wide.get("runAsUser") == user and wide.get("seccompProfile") == {"type": "RuntimeDefault"}):
            yield f"{container['name']} does not run as the image's user"
        if wide.get("fsGroupChangePolicy") != "OnRootMismatch":
            yield f"{container['name']}: keys in its volume become readable to the group, and are then refused"
        held = narrow.get("readOnlyRootFilesystem") and not narrow.get("allowPrivilegeEscalation", True)
        if not held or narrow.get("capabilities") != {"drop": ["ALL"]}:
            yield f"{container['name']} may do more than it needs"
        if pod.get("automountServiceAccountToken", True) or pod.get("enableServiceLinks", True):
            yield f"{container['name']} gets a token it does not need, or variables that are no settings"


def volumes(all_: Manifests) -> Iterator[str]:
    data_dir = re.search(r"PLUMBLINE_DATA_DIR=(\S+)", DOCKERFILE)[1]
    for workload in all_.workloads():
        spec = workload["spec"]
        there = {each["name"] for each in spec["template"]["spec"].get("volumes", [])}
        there |= {each["metadata"]["name"] for each in spec.get("volumeClaimTemplates", [])}
        pod = spec["template"]["spec"]
        for container in (*pod.get("initContainers", []), *pod["containers"]):
            mounted = {each["mountPath"]: each["name"] for each in container["volumeMounts"]}
            yield from (f"{container['name']} mounts {name}, which is not there" for name in set(mounted.values()) - there)
            yield from (f"{container['name']} cannot write to {path}" for path in (data_dir, "/tmp") if path not in mounted)
            authority = all_.environment(container)["PLUMBLINE_KAFKA__TLS__CA_FILE"]
            if not any(authority.startswith(f"{path}/") for path in mounted):
                yield f"{container['name']} has no {authority}"


def resources(all_: Manifests) -> Iterator[str]:
    for _, container in all_.containers():
        given = container.get("resources", {})
        if not ({"cpu", "memory"} <= given.get("requests", {}).keys() and "memory" in given.get("limits", {})):
            yield f"{container['name']} has no requests, or no limit of memory"
        elif container["args"] == ["worker"] and mib(given["requests"]["memory"]) < MEASURED_WORKER_MB:
            yield "a worker needs more memory than it asks for"


def mib(quantity: str) -> int:
    number, unit = re.fullmatch(r"(\d+)(Mi|Gi)", quantity).groups()
    return int(number) * {"Mi": 1, "Gi": 1024}[unit]


def workers(all_: Manifests) -> Iterator[str]:
    workload = all_.named("StatefulSet", "plumbline-worker")
    pod = workload["spec"]["template"]["spec"]
    settings = all_.settings(pod["containers"][0])
    member = next((each for each in pod["containers"][0]["env"] if each["name"] == "PLUMBLINE_KAFKA__GROUP_INSTANCE_ID"), {})
    if member.get("valueFrom") != {"fieldRef": {"fieldPath": "metadata.name"}}:
        yield "workers are no static members by the name of their pod"
    if pod.get("terminationGracePeriodSeconds", 30) < settings.worker.stop_deadline_s + 5:
        yield "a worker is killed before it has landed what it holds"
    if settings.worker.pool_processes == 0:
        yield "a worker starts a process for each core of its node"
    if "replicas" in workload["spec"]:
        yield "every apply puts back what the autoscaler has set"


def autoscaling(all_: Manifests) -> Iterator[str]:
    scaled = all_.named("ScaledObject", "plumbline-worker")["spec"]
    target = scaled["scaleTargetRef"]
    settings = all_.settings(all_.named(target["kind"], target["name"])["spec"]["template"]["spec"]["containers"][0])
    kafka = next(each for each in scaled["triggers"] if each["type"] == "kafka")
    asked = kafka["metadata"]
    expected = {
        "bootstrapServers": settings.kafka.bootstrap_servers, "consumerGroup": settings.kafka.group_id,
        "sasl": settings.kafka.sasl_mechanism.lower().replace("-", "_").replace("sha_", "sha"), "tls": "enable", "allowIdleConsumers": "false",
    }  # fmt: skip
    yield from (f"the autoscaler asks with {name} {asked.get(name)}, not {value}" for name, value in expected.items() if asked.get(name) != value)
    if asked.get("topic") not in settings.intake.topics:
        yield "the autoscaler looks at a topic that workers do not read"
    if scaled["maxReplicaCount"] * 4 > settings.kafka.partitions:
        yield "fewer than four partitions for each worker that there may be"
    if not 2 <= scaled["minReplicaCount"] <= scaled["maxReplicaCount"]:
        yield "fewer than two workers"
    if not any(each["type"] == "cpu" for each in scaled["triggers"]):
        yield "scaled by lag alone, the group shrinks as soon as it keeps up"
    for each in scaled["triggers"]:
        yield from (f"{name} of the trigger is no text" for name, value in each["metadata"].items() if not isinstance(value, str))
    if kafka["authenticationRef"]["name"] not in {each["metadata"]["name"] for each in all_.of("TriggerAuthentication")}:
        yield "the autoscaler has no credentials"


def network(all_: Manifests) -> Iterator[str]:
    settings = all_.settings(all_.named("Deployment", "plumbline-web")["spec"]["template"]["spec"]["containers"][0])
    policies = all_.of("NetworkPolicy")
    if not any(not each["spec"].get("ingress") and not each["spec"].get("egress") and len(each["spec"]["policyTypes"]) == 2 for each in policies):
        yield "nothing is closed"
    out = {port["port"] for each in policies for rule in each["spec"].get("egress", []) for port in rule["ports"]}
    servers = [settings.kafka.bootstrap_servers.split(",")[0], settings.clickhouse.url]
    yield from (f"nobody may reach {server}" for server in servers if int(server.rpartition(":")[2]) not in out)
    inward = {port["port"] for each in policies for rule in each["spec"].get("ingress", []) for port in rule["ports"]}
    if inward != {settings.web.port}:
        yield f"ports {inward} are open, the page's is {settings.web.port}"


def disruption(all_: Manifests) -> Iterator[str]:
    guarded = [each["spec"]["selector"]["matchLabels"] for each in all_.of("PodDisruptionBudget")]
    for name in ("worker", "web"):
        labels = {"app.kubernetes.io/name": "plumbline", "app.kubernetes.io/component": name}
        if not any(fits(selector, labels) for selector in guarded):
            yield f"all of {name} may be evicted at once"
    if all_.named("StatefulSet", "plumbline-alerts")["spec"]["replicas"] != 1:
        yield "more than one process seals"


RULES: list[Callable[[Manifests], Iterator[str]]] = [
    every_file_is_applied, kinds_and_names, images, selectors, services, probes, commands, settings_fit, secrets, confined, volumes, resources,
    workers, autoscaling, network, disruption,
]  # fmt: skip
