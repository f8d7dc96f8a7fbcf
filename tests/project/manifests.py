"""The documents of deploy/kubernetes, and what their containers would see."""

import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from streams.settings import Settings, load_settings

CHECKOUT = Path(__file__).parents[2]
FOLDER = CHECKOUT / "deploy" / "kubernetes"
PAGE = (CHECKOUT / "docs" / "kubernetes.md").read_text()
DOCKERFILE = (CHECKOUT / "Dockerfile").read_text()
VERSION = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]["version"]
KINDS = {
    "Namespace": "v1", "ConfigMap": "v1", "Service": "v1", "Deployment": "apps/v1", "StatefulSet": "apps/v1", "Job": "batch/v1",
    "PodDisruptionBudget": "policy/v1", "NetworkPolicy": "networking.k8s.io/v1", "ScaledObject": "keda.sh/v1alpha1",
    "TriggerAuthentication": "keda.sh/v1alpha1",
}  # fmt: skip
MEASURED_WORKER_MB = 611  # docs/capacity.md

Manifest = dict[str, Any]


class Manifests:
    """All documents of the folder, by kind and name."""

    def __init__(self, documents: list[Manifest], kustomization: Manifest) -> None:
        self.documents, self.kustomization = documents, kustomization

    @classmethod
    def read(cls) -> "Manifests":
        kustomization = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())
        texts = ((FOLDER / name).read_text() for name in kustomization["resources"])
        return cls([document for text in texts for document in yaml.safe_load_all(text)], kustomization)

    def of(self, *kinds: str) -> list[Manifest]:
        return [each for each in self.documents if each["kind"] in kinds]

    def named(self, kind: str, name: str) -> Manifest:
        return next(each for each in self.of(kind) if each["metadata"]["name"] == name)

    def workloads(self) -> list[Manifest]:
        return self.of("Deployment", "StatefulSet", "Job")

    def containers(self) -> Iterator[tuple[Manifest, Manifest]]:
        """Pod specification and container of each, those that come first included."""
        for workload in self.workloads():
            pod = workload["spec"]["template"]["spec"]
            yield from ((pod, container) for container in (*pod.get("initContainers", []), *pod["containers"]))

    def environment(self, container: Manifest) -> dict[str, str]:
        """As the container would see it, secrets made up."""
        found: dict[str, str] = {}
        for source in container.get("envFrom", []):
            found |= self.named("ConfigMap", source["configMapRef"]["name"])["data"]
        for each in container.get("env", []):
            found[each["name"]] = each["value"] if "value" in each else "a" * 64 if "secretKeyRef" in each["valueFrom"] else "plumbline-worker-0"
        return found

    def settings(self, container: Manifest) -> Settings:
        with pytest.MonkeyPatch.context() as patch:
            for name in [name for name in os.environ if name.startswith("PLUMBLINE_")]:
                patch.delenv(name)
            for name, value in self.environment(container).items():
                patch.setenv(name, value)
            patch.chdir(FOLDER)
            return load_settings()


def fits(selector: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    return selector.items() <= labels.items()
