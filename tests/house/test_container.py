"""Dockerfile and compose.yaml, as far as they can be checked without a container engine: what they say, and that it works."""

import json
import os
import re
import shlex
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
import zipfile
from datetime import date
from pathlib import Path

import pytest
import yaml

from foretaste.serve.door.keys import add_key
from tests.serving import saved

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
LEFT_OUT = {"torch"}


def instructions():
    """Return the instructions of the Dockerfile, continued lines joined."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    lines = re.sub(r"\\\n\s*", "", "\n".join(line for line in text.splitlines() if not line.startswith("#")))
    return [tuple(line.split(" ", 1)) for line in lines.splitlines() if line]


DOCKER = instructions()


def said(name):
    return [rest for instruction, rest in DOCKER if instruction == name]


def name_of(requirement):
    return re.match(r"[\w-]+", requirement)[0].lower()


def test_the_image_has_what_serving_needs_and_no_torch():
    extras = PROJECT["optional-dependencies"]
    needed = {name_of(r) for r in (*PROJECT["dependencies"], *extras["serve"], *extras["store"])} - {"foretaste"}
    (line,) = [rest for rest in said("RUN") if "-c constraints.txt" in rest]
    installed = shlex.split(line)[shlex.split(line).index("constraints.txt") + 1 :]
    assert {name_of(one) for one in installed} == needed - LEFT_OUT
    assert installed == sorted(installed, key=lambda text: text.strip('"'))
    assert "psycopg[binary]" in installed


def test_what_compose_asks_the_environment_for_is_in_the_example_and_no_secret_is():
    asked = set(re.findall(r"\$\{(\w+)", (ROOT / "compose.yaml").read_text(encoding="utf-8")))
    told = dict(line.split("=", 1) for line in (ROOT / ".env.example").read_text().splitlines() if "=" in line)
    assert asked == told.keys() == {"FORETASTE_UID", "FORETASTE_GID", "FORETASTE_PROXIES"}
    assert {".env", "secrets/"} <= set((ROOT / ".gitignore").read_text().splitlines())


def test_the_first_lines_of_compose_make_the_env_file(tmp_path):
    head = (ROOT / "compose.yaml").read_text(encoding="utf-8").splitlines()[:10]
    (line,) = [one.removeprefix("#").strip() for one in head if ".env.example" in one]
    (tmp_path / ".env.example").write_text((ROOT / ".env.example").read_text())
    subprocess.run(["sh", "-c", line], cwd=tmp_path, check=True)
    assert f"FORETASTE_UID={os.getuid()}\nFORETASTE_GID={os.getgid()}\n" in (tmp_path / ".env").read_text()


class TestRules:
    """Those of hadolint and of the CIS benchmark that matter for this file."""

    def test_every_instruction_is_one(self):
        known = {
            "FROM",
            "RUN",
            "COPY",
            "ENV",
            "WORKDIR",
            "USER",
            "EXPOSE",
            "STOPSIGNAL",
            "HEALTHCHECK",
            "ENTRYPOINT",
            "CMD",
        }
        assert {name for name, _ in DOCKER} <= known
        assert DOCKER[0][0] == "FROM"

    def test_bases_are_slim_named_by_version_and_the_python_that_is_tested(self):
        bases = [rest.split()[0] for rest in said("FROM")]
        assert len(set(bases)) == 1
        version = re.fullmatch(r"python:(\d+\.\d+)-slim-\w+", bases[0])[1]
        assert f"Programming Language :: Python :: {version}" in PROJECT["classifiers"]

    def test_it_runs_as_nobody_in_particular(self):
        last = DOCKER[[i for i, (name, _) in enumerate(DOCKER) if name == "FROM"][-1] :]
        (user,) = [rest for name, rest in last if name == "USER"]
        uid, gid = user.split(":")
        assert uid == gid == "10001"
        names = [name for name, _ in last]
        assert "RUN" not in names[names.index("USER") :]

    def test_commands_are_lists_so_that_signals_arrive(self):
        (entry,), (command,) = said("ENTRYPOINT"), said("CMD")
        assert json.loads(entry) == ["foretaste"]
        assert json.loads(command)[0] == "serve"
        assert said("STOPSIGNAL") == ["SIGTERM"]

    def test_nothing_secret_and_nothing_else_is_copied(self):
        copied = [shlex.split(rest) for rest in said("COPY") if not rest.startswith("--from")]
        sources = {word for words in copied for word in words[:-1]}
        ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        assert "*" in ignored
        assert {line[1:] for line in ignored if line.startswith("!")} == sources
        assert all((ROOT / source).exists() for source in sources)
        assert not said("ADD")
        assert not re.search(
            r"(?i)password|secret(?!s/)|token", " ".join(rest for name, rest in DOCKER if name == "ENV")
        )

    def test_pip_keeps_no_cache_and_nothing_is_fetched_by_other_ways(self):
        assert any("PIP_NO_CACHE_DIR=1" in rest for rest in said("ENV"))
        for rest in said("RUN"):
            assert not re.search(r"curl|wget|sudo|apt(-get)? |chmod 777|--trusted-host", rest)


def test_the_health_check_asks_whether_it_can_answer():
    (rest,) = said("HEALTHCHECK")
    options, command = rest.split("CMD ", 1)
    assert {"--interval", "--timeout", "--start-period", "--retries"} == {one.split("=")[0] for one in options.split()}
    program, flag, code = json.loads(command)
    assert (program, flag) == ("python", "-c")
    assert "http://127.0.0.1:8000/readyz" in code
    compile(code, "health", "exec")


class TestCompose:
    SERVE, STORE = COMPOSE["services"]["serve"], COMPOSE["services"]["store"]

    def test_the_database_is_reached_by_the_service_alone(self):
        assert "ports" not in self.STORE
        assert self.STORE["networks"] == ["back"]
        assert COMPOSE["networks"]["back"] == {"internal": True}
        assert int(re.fullmatch(r"postgres:(\d+)-\w+", self.STORE["image"])[1]) >= 15

    def test_the_service_is_published_on_this_machine_only(self):
        assert self.SERVE["ports"] == ["127.0.0.1:8000:8000"]

    def test_secrets_are_files(self):
        assert COMPOSE["secrets"].keys() == {"api_keys", "store_password"}
        assert all(list(secret) == ["file"] for secret in COMPOSE["secrets"].values())
        assert self.STORE["environment"]["POSTGRES_PASSWORD_FILE"] == "/run/secrets/store_password"
        assert "POSTGRES_PASSWORD" not in self.STORE["environment"]
        assert set(self.SERVE["secrets"]) == {"api_keys", "store_password"}
        assert not re.search(r"://[^/\s]*:[^/\s]*@", (ROOT / "compose.yaml").read_text(encoding="utf-8"))

    def test_the_service_can_do_little(self):
        assert self.SERVE["read_only"] is True
        assert self.SERVE["cap_drop"] == ["ALL"]
        assert {service["security_opt"][0] for service in COMPOSE["services"].values()} == {"no-new-privileges:true"}
        assert "privileged" not in str(COMPOSE).replace("no-new-privileges", "")
        assert "./models:/models:ro" in self.SERVE["volumes"]
        assert all("mem_limit" in service for service in COMPOSE["services"].values())

    def test_everything_that_is_named_is_there(self):
        for service in COMPOSE["services"].values():
            assert set(service.get("networks", ())) <= COMPOSE["networks"].keys()
            assert set(service.get("secrets", ())) <= COMPOSE["secrets"].keys()
            assert set(service.get("depends_on", ())) <= COMPOSE["services"].keys()
            named = {volume.split(":")[0] for volume in service["volumes"] if not volume.startswith(".")}
            assert named <= COMPOSE["volumes"].keys()
        writable = {*self.SERVE["tmpfs"], *(v.split(":")[1] for v in self.SERVE["volumes"] if not v.endswith(":ro"))}
        assert {"/tmp", "/data", "/cache"} == writable

    def test_it_waits_for_the_database(self):
        assert self.SERVE["depends_on"] == {"store": {"condition": "service_healthy"}}
        assert "pg_isready" in self.STORE["healthcheck"]["test"][1]

    def test_the_shell_hands_the_password_on_and_then_is_gone(self, tmp_path):
        """Its own words, run by a shell here: what is `foretaste` there is a program that tells what it was given."""
        shell, flags, script, name = self.SERVE["entrypoint"]
        (tmp_path / "store_password").write_text("it's $ecret\n")
        told = tmp_path / "foretaste"
        told.write_text('#!/bin/sh\necho "$PGPASSWORD|$*|$PPID"\n')
        told.chmod(0o755)
        script = script.replace("$$", "$").replace("/run/secrets", str(tmp_path))
        command = [shell, flags, script, name, *self.SERVE["command"]]
        done = subprocess.run(
            command, env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, capture_output=True, text=True, check=True
        )
        password, arguments, parent = done.stdout.strip().split("|")
        assert password == "it's $ecret"
        assert arguments == " ".join(self.SERVE["command"])
        assert int(parent) == os.getpid(), "the service is the process that gets the signals"
        script = script.replace("store_password", "none")
        assert subprocess.run([*command[:2], script, *command[3:]], capture_output=True, check=False).returncode != 0


BLOCKED = """
import importlib.abc, sys
class LeftOut(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.partition(".")[0] in {names}:
            raise ModuleNotFoundError(f"{name} is not in the image", name=name)
sys.meta_path.insert(0, LeftOut())
from foretaste.cli import main
main()
"""


@pytest.mark.slow
def test_what_the_image_runs_answers_without_torch(tmp_path):
    """The wheel as it is built and installed there, and the command as it stands there, with the paths of this machine."""
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True, text=True)
    with zipfile.ZipFile(next(tmp_path.glob("foretaste-*.whl"))) as archive:
        archive.extractall(tmp_path / "site")
    key = add_key(tmp_path / "api_keys", today=date(2026, 1, 1))[1]
    bundle = saved(tmp_path / "models" / "current", "two_heads")
    (command,) = said("CMD")
    here = {"/models/current": str(bundle), "/run/secrets/api_keys": str(tmp_path / "api_keys"), "8000": "0"}
    arguments = [here.get(word, word) for word in json.loads(command)]
    for folder in ("data", "cache"):
        (tmp_path / folder).mkdir()
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(tmp_path / "site"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "NUMBA_CACHE_DIR": str(tmp_path / "cache"),
    }
    code = BLOCKED.replace("{names}", repr(LEFT_OUT))
    with subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        cwd=tmp_path / "data",
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            told = ""
            while not (found := re.search(r"http://[^/\s]+:(\d+)/", told)):
                line = process.stderr.readline()
                assert line, told
                told += line
            ask(int(found[1]), key)
        finally:
            process.terminate()
            process.wait(30)
    assert list((tmp_path / "site" / "foretaste").rglob("__pycache__")) == []


def ask(port, key):
    """Ask as the health check does, then as somebody with and without the key."""
    where = f"http://127.0.0.1:{port}"
    (health,) = said("HEALTHCHECK")
    code = (
        json.loads(health.split("CMD ", 1)[1])[2]
        .replace("http://127.0.0.1:8000", where)
        .replace("timeout=2", "timeout=60")
    )
    end = time.monotonic() + 60
    while True:
        try:
            exec(code, {})
        except urllib.error.URLError:
            assert time.monotonic() < end
            time.sleep(0.05)
        else:
            break
    body = json.dumps({"ratings": [{"item": 1, "rating": 5}]}).encode()
    headers = {"content-type": "application/json"}
    asked = urllib.request.Request(f"{where}/v1/recommendations", body, headers)
    with urllib.request.urlopen(asked, timeout=60) as answer:
        assert json.load(answer)["items"]
    put = urllib.request.Request(f"{where}/v1/users/anna/ratings/1", b'{"rating": 4}', headers, method="PUT")
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(put, timeout=60)
    put.add_header("authorization", f"Bearer {key}")
    with urllib.request.urlopen(put, timeout=60) as answer:
        assert json.load(answer)["rating"] == 4
