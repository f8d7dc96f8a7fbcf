"""The page as a process on a filled database, and a real browser. Where there is no Chromium the tests say what to install, and skip."""

import json
import shutil
import time
from collections.abc import Callable, Iterator
from importlib.resources import files
from typing import Any, NamedTuple

import pytest
from history import fill
from running import wait_for
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from serving import served

from streams.policy import Pack

INSTALL = "apt-get update && apt-get install -y chromium chromium-driver"
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars",
)  # fmt: skip

AXE = files("selenium_axe_python").joinpath("axe-core", "axe.min.js").read_text()
WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
FINDINGS = """
    const options = { runOnly: arguments[0], rules: { "target-size": { enabled: true } }, resultTypes: ["violations"] };
    return axe.run(document, options).then(({ violations }) =>
        violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")}: ${failureSummary}`)));
"""


class Site(NamedTuple):
    """A running page on a filled database."""

    url: str
    store: Any  # of the fixture `store`: settings and a connected client


@pytest.fixture(scope="module")
def site(store: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The page on this module's database, with two weeks of history."""
    fill(store.client, per_hour=6, pack=Pack.load(None))
    settings = store.settings
    environment = {
        "PLUMBLINE_CLICKHOUSE__URL": settings.url, "PLUMBLINE_CLICKHOUSE__PASSWORD": settings.password.get_secret_value(),
        "PLUMBLINE_CLICKHOUSE__DATABASE": settings.database,
        "PLUMBLINE_ALERTS__ROUTES": '{"topic": {"kind": "kafka", "owner": "platform"}}',
    }  # fmt: skip
    with served(tmp_path_factory.mktemp("web"), environment) as url:
        yield Site(url, store)


class Browser:
    """Chromium, with what it wrote to its console and which addresses it asked for."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    def look(self, *, width: int, dark: bool = False) -> None:
        """Take the size and colour scheme of a screen. Nothing moves on it, so that no colour is read on its way to another."""
        metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        scheme, still = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}, {"name": "prefers-reduced-motion", "value": "reduce"}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme, still]})

    def get(self, url: str) -> None:
        """Open an address, forgetting what was logged before."""
        self.errors(), self.requests()
        self.driver.get(url)

    def run(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def violations(self) -> list[str]:
        """What axe-core finds against the rules of WCAG 2, levels A and AA. DevTools runs it, so the page keeps its Content-Security-Policy."""
        self.run("if (!window.axe) {" + AXE + "\n}")
        return self.run(FINDINGS, WCAG)

    def errors(self) -> list[str]:
        """Console messages since the last call, informational ones aside."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]

    def requests(self) -> list[str]:
        """Addresses asked for since the last call."""
        messages = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        return [each["params"]["request"]["url"] for each in messages if each["method"] == "Network.requestWillBeSent"]

    def until(self, condition: Callable[[], Any], what: str, timeout_s: float = 10) -> Any:
        return wait_for(condition, timeout_s, what)


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One headless Chromium with a profile of its own."""
    binary, driver = shutil.which("chromium") or shutil.which("google-chrome"), shutil.which("chromedriver")
    if not binary or not driver:
        pytest.skip(f"no Chromium or no driver here; {INSTALL}")
    options = Options()
    options.binary_location = binary
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    try:
        started = webdriver.Chrome(options=options, service=Service(driver))
    except WebDriverException as error:
        pytest.skip(f"Chromium does not start ({error.msg}); {INSTALL}")
    started.set_page_load_timeout(30)
    yield Browser(started)
    started.quit()
    time.sleep(0.1)
