"""The pictures of the docs: pages that commands of the docs write, seen in Chromium. `make pictures` takes them again.

Needs `chromium` and `chromedriver` on PATH, and the packages of the extra `dev`. A page may differ by a pixel from one
Chromium to another, so no test compares them: look at them when they are taken.
"""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

DOCS = Path(__file__).resolve().parent
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars")

PAGES = r"""
assigner assign examples/P001.g.vcf --repeats examples/P001.eh.vcf --report report.html
assigner assign examples/P010.vep.vcf --repeats examples/P010.eh.vcf --callable examples/genes.bed \
    --report review.html --exit-code review=0
echo participant,files,repeats,sex >cohort.csv
for each in P001: P004:male P012:; do
    name=${each%:*}
    echo $name,examples/$name.g.vcf,examples/$name.eh.vcf,${each#*:} >>cohort.csv
done
who="--actor Dr.A --role manager --site S1 --reason"
assigner ledger init --ledger trial.ledger --origin trials.example.org/trial-1 --trial "Trial 1" --protocol 1.0 \
    --sites S1,S2 --arm CAT3=20 $who begin --receipt r0
assigner cohort cohort.csv --table results.tsv --summary summary.html \
    --ledger trial.ledger $who enrolment --receipt r1
assigner ledger report --ledger trial.ledger -o ledger.html
"""
"""The pages, as README, docs/geneticists.md and docs/cohorts.md write them."""

PICTURES = (
    ("report.html", 900, 760, "light"),
    ("review.html", 390, 800, "dark"),
    ("summary.html", 900, 760, "light"),
    ("ledger.html", 900, 620, "light"),
)
"""Of each page the width and height in CSS pixels, and the scheme that the reader prefers."""


def browser(profile: Path) -> webdriver.Chrome:
    """Chromium without a window."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or "chromium"
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    return webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))


def main() -> None:
    """Write the pages in a folder of their own, and take their pictures."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for link in ("examples", "categories", "categories.yaml"):
            (folder / link).symlink_to(DOCS.parent / link)
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        subprocess.run(
            ["sh", "-euc", PAGES], cwd=folder, env=os.environ | {"PATH": path}, check=True, stdout=subprocess.DEVNULL
        )
        chromium = browser(folder / "profile")
        try:
            for page, width, height, scheme in PICTURES:
                size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
                features = [{"name": "prefers-color-scheme", "value": scheme}]
                chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
                chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
                chromium.get((folder / page).as_uri())
                taken = chromium.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})
                (DOCS / "pictures" / f"{Path(page).stem}.png").write_bytes(base64.b64decode(taken["data"]))
        finally:
            chromium.quit()


if __name__ == "__main__":
    main()
