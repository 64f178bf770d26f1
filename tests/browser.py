"""A headless Chromium that tests drive: the DevTools protocol over a pipe, with nothing to install but the browser."""

import fcntl
import json
import os
import select
import shutil
import subprocess
import tempfile
from base64 import b64decode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome")
ABSENT = "no Chromium on this machine (Debian: apt-get install chromium)"
PATIENCE = 60.0
"""Seconds until a browser that does not answer is an error."""

_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-background-networking",
    "--no-first-run",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
    "--remote-debugging-pipe",
)

_UNTIL = """new Promise((done) => {
  const look = () => (%s) ? done(true) : requestAnimationFrame(look);
  look();
})"""


def found() -> str | None:
    """Return the path of the browser, None where there is none."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Browser:
    """A browser that runs until `close`."""

    def __init__(self, program: str) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="liangrong-browser-", ignore_cleanup_errors=True)
        theirs_in, ours_out = os.pipe()
        ours_in, theirs_out = os.pipe()
        high = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 20) for fd in (theirs_in, theirs_out)]

        def placed() -> None:  # the browser reads commands from 3 and answers on 4
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        self._process = subprocess.Popen(
            [program, *_FLAGS, f"--user-data-dir={self._folder.name}", "about:blank"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            close_fds=False,
            preexec_fn=placed,
        )
        for fd in (theirs_in, theirs_out, *high):
            os.close(fd)
        self._in, self._out = ours_in, ours_out
        self._rest, self._number = b"", 0
        self.events: dict[str, list[dict[str, Any]]] = {}  # session -> what it told

    def close(self) -> None:
        for fd in (self._out, self._in):
            os.close(fd)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._folder.cleanup()

    def call(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """Return the answer to a command of the protocol."""
        self._number += 1
        number = self._number
        command = {"id": number, "method": method, "params": parameters}
        os.write(self._out, json.dumps(command | ({"sessionId": session} if session else {})).encode() + b"\0")
        while True:
            message = self._message()
            if message.get("id") == number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]
            if "method" in message:
                self.events.setdefault(message.get("sessionId", ""), []).append(message)

    def _message(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            if not select.select([self._in], [], [], PATIENCE)[0]:
                raise RuntimeError("the browser does not answer")
            read = os.read(self._in, 1 << 20)
            if not read:
                raise RuntimeError("the browser has ended")
            self._rest += read
        text, _, self._rest = self._rest.partition(b"\0")
        return json.loads(text)

    @contextmanager
    def page(self, file: Path, width: int = 1280, height: int = 900, *, dark: bool = False) -> Iterator["Page"]:
        """Open a file in a window of this size."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, session, width)
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.call(f"{domain}.enable")
        page.size(height)
        page.scheme(dark)
        page.call("Page.navigate", url=file.resolve().as_uri())
        page.until("document.readyState === 'complete' && location.protocol === 'file:'")
        try:
            yield page
        finally:
            self.events.pop(session, None)
            self.call("Target.closeTarget", targetId=target)


class Page:
    """An open page."""

    def __init__(self, browser: Browser, session: str, width: int) -> None:
        self._browser, self._session, self._width = browser, session, width

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self._browser.call(method, self._session, **parameters)

    def size(self, height: int) -> None:
        """Make the window so high."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=self._width,
            height=height,
            deviceScaleFactor=1,
            mobile=self._width < 600,
        )

    def scheme(self, dark: bool) -> None:
        """Have the reader prefer a dark or a light page."""
        features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.call("Emulation.setEmulatedMedia", media="screen", features=features)

    def run(self, script: str) -> Any:
        """Return what an expression is, of a promise what it comes to."""
        made = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in made:
            raise RuntimeError(f"{script}: {made['exceptionDetails']}")
        return made["result"].get("value")

    def until(self, condition: str) -> None:
        """Wait until an expression is true: looked at with each frame."""
        try:
            self.run(_UNTIL % condition)
        except RuntimeError as error:
            if "navigated" not in str(error) and "context" not in str(error):
                raise
            self.run(_UNTIL % condition)  # the page came while the empty one was asked

    def drawn(self) -> None:
        """Make the window as high as the page and wait until each chart in it is drawn."""
        for _ in range(3):  # what is drawn may make the page higher
            self.size(max(900, self.run("document.documentElement.scrollHeight")))
            self.until(
                "[...document.querySelectorAll('.chart[id]')]"
                ".every((one) => one.classList.contains('js-plotly-plot') || !one.checkVisibility())"
            )

    def told(self) -> list[str]:
        """Return all that the page said on the console, errors too."""
        self.run("0")  # what it said before has arrived then
        kinds = {"Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"}
        return [json.dumps(event["params"]) for event in self._events() if event["method"] in kinds]

    def asked(self) -> list[str]:
        """Return the addresses that the page asked for."""
        requests = (event for event in self._events() if event["method"] == "Network.requestWillBeSent")
        return [event["params"]["request"]["url"] for event in requests]

    def click(self, selector: str) -> None:
        self.run(f"document.querySelector({json.dumps(selector)}).click()")

    def type(self, selector: str, text: str) -> None:
        """Fill in a box."""
        box = f"document.querySelector({json.dumps(selector)})"
        self.run(f"{box}.value = {json.dumps(text)}; {box}.dispatchEvent(new Event('input', {{bubbles: true}}))")

    def texts(self, selector: str) -> list[str]:
        """Return the texts of what is shown."""
        return self.run(
            f"[...document.querySelectorAll({json.dumps(selector)})]"
            ".filter((one) => one.checkVisibility()).map((one) => one.textContent.trim())"
        )

    def picture(self, *, clip: Sequence[float] | None = None, scale: float = 1.0) -> bytes:
        """Return a PNG of the window, or of x, y, width and height of it."""
        part = (
            {}
            if clip is None
            else {"clip": dict(zip(("x", "y", "width", "height", "scale"), (*clip, scale), strict=True))}
        )
        return b64decode(self.call("Page.captureScreenshot", format="png", **part)["data"])

    def _events(self) -> list[dict[str, Any]]:
        return self._browser.events.get(self._session, [])
