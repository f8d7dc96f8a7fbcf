"""deploy/kubernetes keeps every rule of kubernetes_rules.py, and each rule sees what breaks it. No cluster has seen them (docs/kubernetes.md)."""

import copy
from collections.abc import Callable, Iterator

import pytest
from kubernetes_rules import (
    RULES,
    autoscaling,
    commands,
    confined,
    disruption,
    every_file_is_applied,
    images,
    kinds_and_names,
    network,
    probes,
    resources,
    secrets,
    selectors,
    services,
    settings_fit,
    volumes,
    workers,
)
from manifests import Manifest, Manifests


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_no_rule_is_broken(rule: Callable[[Manifests], Iterator[str]]) -> None:
    assert list(rule(Manifests.read())) == []


# -- controls: one change each, and the rule that must see it


def worker(all_: Manifests) -> Manifest:
    return all_.named("StatefulSet", "plumbline-worker")["spec"]


def container(all_: Manifests, kind: str = "StatefulSet", name: str = "plumbline-worker") -> Manifest:
    return all_.named(kind, name)["spec"]["template"]["spec"]["containers"][0]


def variable(all_: Manifests, name: str) -> Manifest:
    return next(each for each in container(all_)["env"] if each["name"] == name)


def way_in(all_: Manifests) -> Manifest:
    return all_.named("NetworkPolicy", "plumbline-page-from-ingress")["spec"]["ingress"][0]["ports"][0]


def kafka_trigger(all_: Manifests) -> dict[str, str]:
    return all_.named("ScaledObject", "plumbline-worker")["spec"]["triggers"][0]["metadata"]


BROKEN: dict[str, tuple[Callable, Callable[[Manifests], object]]] = {
    "a file is forgotten": (every_file_is_applied, lambda all_: all_.kustomization["resources"].remove("network.yaml")),
    "an API version that was removed": (kinds_and_names, lambda all_: all_.of("PodDisruptionBudget")[0].update(apiVersion="policy/v1beta1")),
    "two of one name": (kinds_and_names, lambda all_: all_.documents.append(all_.of("Deployment")[0])),
    "latest": (images, lambda all_: all_.kustomization["images"][0].update(newTag="latest")),
    "another image": (images, lambda all_: container(all_).update(image="plumbline:latest")),
    "a selector with a typo": (selectors, lambda all_: worker(all_)["selector"]["matchLabels"].update({"app.kubernetes.io/component": "wroker"})),
    "a budget for nobody": (selectors, lambda all_: all_.of("PodDisruptionBudget")[0]["spec"]["selector"].update(matchLabels={"app": "x"})),
    "a service with an address": (services, lambda all_: all_.named("Service", "plumbline-worker")["spec"].pop("clusterIP")),
    "a service to no port": (services, lambda all_: all_.named("Service", "plumbline-web")["spec"]["ports"][0].update(targetPort="https")),
    "no readiness": (probes, lambda all_: container(all_).pop("readinessProbe")),
    "a probe at another port": (probes, lambda all_: container(all_, "Deployment", "plumbline-web")["ports"][0].update(containerPort=80)),
    "a kubelet that asks loopback": (probes, lambda all_: container(all_).update(livenessProbe={"httpGet": {"path": "/livez", "port": 9100}})),
    "a command that is none": (commands, lambda all_: container(all_).update(args=["work"])),
    "an option that is none": (commands, lambda all_: container(all_).update(args=["worker", "--fast"])),
    "a setting that is none": (settings_fit, lambda all_: variable(all_, "PLUMBLINE_WORKER__PROBE_PORT").update(name="PLUMBLINE_WORKER__PROBES")),
    "a value that does not fit": (settings_fit, lambda all_: all_.of("ConfigMap")[0]["data"].update(PLUMBLINE_KAFKA__PARTITIONS="many")),
    "clear text": (settings_fit, lambda all_: all_.of("ConfigMap")[0]["data"].update(PLUMBLINE_CLICKHOUSE__URL="http://clickhouse:8123")),
    "a password in the settings": (secrets, lambda all_: all_.of("ConfigMap")[0]["data"].update(PLUMBLINE_CLICKHOUSE__PASSWORD="x")),
    "a secret that nobody is told of": (secrets, lambda all_: container(all_)["env"][1]["valueFrom"]["secretKeyRef"].update(key="SOMETHING")),
    "root": (confined, lambda all_: worker(all_)["template"]["spec"]["securityContext"].update(runAsUser=0)),
    "a writable root": (confined, lambda all_: container(all_)["securityContext"].update(readOnlyRootFilesystem=False)),
    "service links": (confined, lambda all_: worker(all_)["template"]["spec"].pop("enableServiceLinks")),
    "a group that reads keys": (confined, lambda all_: worker(all_)["template"]["spec"]["securityContext"].pop("fsGroupChangePolicy")),
    "a volume that is not there": (volumes, lambda all_: worker(all_)["template"]["spec"]["volumes"].pop(0)),
    "nowhere to write": (volumes, lambda all_: container(all_)["volumeMounts"].pop(0)),
    "no authority": (volumes, lambda all_: container(all_)["volumeMounts"].pop()),
    "no requests": (resources, lambda all_: container(all_).pop("resources")),
    "too little memory": (resources, lambda all_: container(all_)["resources"]["requests"].update(memory="512Mi")),
    "members that change": (workers, lambda all_: container(all_)["env"].pop(0)),
    "no time to land": (workers, lambda all_: worker(all_)["template"]["spec"].update(terminationGracePeriodSeconds=10)),
    "a process per core of the node": (workers, lambda all_: variable(all_, "PLUMBLINE_WORKER__POOL_PROCESSES").update(value="0")),
    "replicas beside an autoscaler": (workers, lambda all_: worker(all_).update(replicas=3)),
    "another group": (autoscaling, lambda all_: kafka_trigger(all_).update(consumerGroup="other")),
    "a topic that nobody reads": (autoscaling, lambda all_: kafka_trigger(all_).update(topic="usage.other")),
    "more workers than partitions bear": (autoscaling, lambda all_: all_.of("ScaledObject")[0]["spec"].update(maxReplicaCount=48)),
    "lag alone": (autoscaling, lambda all_: all_.of("ScaledObject")[0]["spec"]["triggers"].pop()),
    "a number where text is asked for": (autoscaling, lambda all_: kafka_trigger(all_).update(lagThreshold=130_000)),
    "credentials that are not there": (autoscaling, lambda all_: all_.of("TriggerAuthentication")[0]["metadata"].update(name="x")),
    "everything open": (network, lambda all_: all_.documents.remove(all_.named("NetworkPolicy", "plumbline-nothing-else"))),
    "Kafka out of reach": (network, lambda all_: all_.of("ConfigMap")[0]["data"].update(PLUMBLINE_KAFKA__BOOTSTRAP_SERVERS="kafka:9094")),
    "another way in": (network, lambda all_: way_in(all_).update(port=9)),
    "no budget": (disruption, lambda all_: all_.documents.remove(all_.named("PodDisruptionBudget", "plumbline-web"))),
    "two that seal": (disruption, lambda all_: all_.named("StatefulSet", "plumbline-alerts")["spec"].update(replicas=2)),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_wrong_is_found(name: str) -> None:
    rule, change = BROKEN[name]
    broken = copy.deepcopy(Manifests.read())
    change(broken)
    assert list(rule(broken)) != []


def test_every_rule_has_a_control() -> None:
    assert {rule for rule, _ in BROKEN.values()} == set(RULES)
