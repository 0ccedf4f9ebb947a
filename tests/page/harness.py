"""A server over papers made for a test, and a browser that looks at its pages."""

import json
import os
import re
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = os.environ["SEMSEARCH"]
AXE = Path(os.environ["AXE"]).read_text(encoding="utf-8")
# A container seldom has what Chromium's sandbox needs; the pages are our own. Nothing is to be looked up on the network.
CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Server:
    """`semsearch serve` over an index of its own, which goes with it."""

    def __init__(self, *papers, model="static"):
        self.folder = tempfile.TemporaryDirectory()
        self.index = Path(self.folder.name) / "index"
        for number, some in enumerate(papers):
            path = some
            if isinstance(some, list):
                path = Path(self.folder.name) / f"papers{number}.jsonl"
                path.write_text("".join(json.dumps(paper) + "\n" for paper in some), encoding="utf-8")
            self.run("embed", path, "--model", model)
        command = [PROGRAM, "serve", "--addr", "127.0.0.1:0", "--index", self.index]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        line = self.process.stderr.readline()
        self.url = re.search(r"http://127\.0\.0\.1:\d+", line)[0]

    def run(self, *arguments):
        command = [PROGRAM, *map(str, arguments), "--index", str(self.index)]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        try:
            status = self.process.wait(timeout=15)
        finally:
            self.process.kill()
            self.process.stderr.close()
            self.folder.cleanup()
        assert status == 0, f"the server ended with {status}"


class PageTest(unittest.TestCase):
    """A class of tests with one server and one browser; each test has a browser window of its own."""

    papers = [ROOT / "data/demo_papers.jsonl"]
    model = "static"

    @classmethod
    def setUpClass(cls):
        cls.server = Server(*cls.papers, model=cls.model)
        cls.addClassCleanup(cls.server.stop)
        playwright = sync_playwright().start()
        cls.addClassCleanup(playwright.stop)
        cls.browser = playwright.chromium.launch(executable_path=os.environ["CHROMIUM"], args=CHROMIUM)
        cls.addClassCleanup(cls.browser.close)

    def open(self, path="/", **options):
        """A page in a new window. What it says on its console, and requests to other hosts, fail the test at its end."""
        window = self.browser.new_context(**{"viewport": {"width": 1200, "height": 900}, **options})
        self.addCleanup(window.close)
        window.set_default_timeout(10_000)
        page = window.new_page()
        self.said, self.hosts = [], set()
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("request", lambda request: self.hosts.add(request.url.split("/")[2] if "//" in request.url else ""))
        page.on("dialog", lambda dialog: (self.said.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.goto(self.server.url + path)
        return page

    def tearDown(self):
        # Chromium notes every answer that is no success on the console; pages that are to fail do no harm.
        said = [text for text in getattr(self, "said", []) if "Failed to load resource" not in text]
        self.assertEqual(said, [])
        self.assertLessEqual(getattr(self, "hosts", set()), {self.server.url.split("/")[2], ""})

    def assert_accessible(self, page):
        """No fault that axe finds by the rules of WCAG 2.2, levels A and AA, or by those of good practice."""
        page.evaluate(AXE)
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
        told = [f"{fault['id']} ({fault['impact']}): {fault['nodes'][0]['html'][:200]}: {fault['nodes'][0]['failureSummary']}" for fault in found]
        self.assertEqual(told, [])
