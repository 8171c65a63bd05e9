"""One platform's life: it starts, is killed in every way, comes back with what it knew, and leaves no process behind."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest

from local import accounts
from local.ports import free_port
from tests.audio import rendered
from tests.running import ROOT, ready, start, stop

STOP_SECONDS = 20
WARM_SECONDS = 180  # a busy machine; `make up` itself is held to 40 s on an idle one by bench/


class Home:
    """One state folder, and the platforms that live in it one after the other."""

    def __init__(self, folder: Path) -> None:
        self.state, self.library, self.log = folder / "state", folder / "library", folder / "up.log"
        self.library.mkdir()
        shutil.copy(rendered("tune.flac", "-metadata", "title=Tune", "-metadata", "artist=Trio"), self.library)
        self.port = str(free_port())
        self.process = None

    def start(self):
        self.process = start(self.state, self.log, library=self.library, port=self.port)
        return ready(self.process, self.state, self.log, seconds=WARM_SECONDS)

    def processes(self) -> list[str]:
        """Command lines of every process that has to do with this state, our own tests aside."""
        found = []
        for entry in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                line = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
                where = str((entry.parent / "cwd").readlink())
            except OSError:
                continue
            if str(self.state) in line + where or f"--port {self.port} " in line:
                found.append(line)
        return found

    def last_line(self) -> str:
        return self.log.read_text().strip().splitlines()[-1]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    made = Home(tmp_path_factory.mktemp("life"))
    yield made
    if made.process and made.process.poll() is None:
        stop(made.process)


def tracks(platform) -> list:
    with urllib.request.urlopen(f"{platform.url}/v1/search?q=tune&types=track") as answer:
        return json.load(answer)["tracks"]


def child(home, word: str) -> int:
    """The process id of a child of the supervisor whose command has *word* in it."""
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(entry.read_text().rpartition(")")[2].split()[1])
            line = (entry.parent / "cmdline").read_bytes().decode()
        except OSError:
            continue
        if parent == home.process.pid and word in line:
            return int(entry.parent.name)
    raise AssertionError(f"no child has {word}")


def ends(home, seconds: float = STOP_SECONDS) -> int:
    code = home.process.wait(seconds)
    assert home.processes() == []
    return code


def test_it_starts_says_so_and_stops_on_sigterm_with_no_process_left(home):
    platform = home.start()
    assert home.last_line() == f"ready http://localhost:{home.port}"
    assert platform.up["tracks"] == 1
    assert {(a["plan"], "admin" in a["roles"]) for a in platform.up["accounts"]} >= {
        ("free", False),
        ("premium", False),
        ("hifi", False),
    }
    assert any("admin" in a["roles"] for a in platform.up["accounts"])
    assert platform.up["pid"] == home.process.pid
    assert (home.state / "up.json").stat().st_mode & 0o077 == 0
    home.process.send_signal(signal.SIGTERM)
    assert ends(home) == 0
    assert not (home.state / "up.json").exists()


def test_it_knows_everything_again_and_publishes_nothing_twice(home):
    platform = home.start()
    for each in platform.up["accounts"]:
        assert accounts.token(platform.url, accounts.Account(**each))
    assert platform.up["tracks"] == len(tracks(platform)) == 1
    known = json.loads((home.state / "library.json").read_text())
    assert len(
        platform.aws("s3").list_objects_v2(Bucket=platform.resource("AWS::S3::Bucket", "Inbox"))["Contents"]
    ) == len(known)


def test_a_second_platform_is_refused_the_state_and_the_port(home, tmp_path):
    for state, port in ((home.state, str(free_port())), (tmp_path / "other", home.port)):
        log = tmp_path / "log"
        log.write_bytes(b"")
        second = start(state, log, library=home.library, port=port)
        assert second.wait(30) == 1
        [line] = log.read_text().strip().splitlines()
        assert "another platform runs" in line or f"port {home.port} is in use" in line


def test_a_killed_child_ends_it_with_one_line_and_the_next_start_finds_the_state_whole(home):
    os.kill(child(home, "local.cloud"), signal.SIGKILL)
    assert ends(home) == 1
    assert home.last_line() == "make up: the local cloud was killed by SIGKILL"
    platform = home.start()
    assert len(tracks(platform)) == 1
    os.kill(child(home, "local.edge"), signal.SIGKILL)
    assert ends(home) == 1
    assert home.last_line() == "make up: the edge was killed by SIGKILL"


def test_even_when_it_is_killed_itself_nothing_runs_on(home):
    home.start()
    home.process.kill()
    home.process.wait(5)
    deadline = time.monotonic() + STOP_SECONDS
    while home.processes() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert home.processes() == []


@pytest.mark.parametrize("seconds", [0.7, 4])
def test_stopped_while_it_starts_it_leaves_nothing_either(home, seconds):
    home.process = start(home.state, home.log, library=home.library, port=home.port)
    time.sleep(seconds)
    home.process.send_signal(signal.SIGTERM)
    assert ends(home) in {0, -signal.SIGTERM}  # the latter before it has read its own command line


def test_make_alone_is_told_and_everything_stops(home):
    (home.state / "up.json").unlink(missing_ok=True)  # the killed one could not
    make = [
        shutil.which("make"),
        "up",
        f"STATE={home.state}",
        f"PORT={home.port}",
        f"LIBRARY={home.library}",
        "RESET=1",
    ]
    with home.log.open("ab") as out:
        home.process = subprocess.Popen(make, cwd=ROOT, stdout=out, stderr=out, start_new_session=True)
    platform = ready(home.process, home.state, home.log)
    assert platform.up["tracks"] == 1
    os.kill(home.process.pid, signal.SIGTERM)  # make, and not its group
    ends(home)
    assert not (home.state / "up.json").exists()


def test_a_library_that_is_no_folder_is_told_in_one_line(tmp_path):
    log = tmp_path / "log"
    refused = start(tmp_path / "state", log, library=tmp_path / "nowhere")
    assert refused.wait(30) == 1
    assert log.read_text() == f"make up: LIBRARY={tmp_path / 'nowhere'} is not a folder\n"


def test_a_port_in_use_by_anybody_is_told_in_one_line(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        log = tmp_path / "log"
        assert start(tmp_path / "state", log, port=str(port)).wait(30) == 1
    assert log.read_text() == (
        f"make up: port {port} is in use: stop what listens there, or choose another with PORT=\n"
    )
