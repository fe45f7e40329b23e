"""Values of settings that are kept elsewhere: found when they are used, on the host, and never shown.

    { env = "NAME" }  { file = "path" }  { command = "op read …" }  { keyring = "name" }

A project file may come with a clone of a stranger's repository, and it is found without being named. So a `command`
counts only in the user's own file, in a file named by --config, and in variables."""

from __future__ import annotations

import atexit
import os
import shlex
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module

from llmspell.config.discover import own_file
from llmspell.errors import ConfigError
from llmspell.suggestions import did_you_mean

MAX_BYTES = 64 * 1024
_COMMAND_TIMEOUT_S = 30.0
_KEYRING_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Secret:
    """Where a secret is kept; not the secret.

    Attributes:
        kind: env, file, command or keyring. `folder`: what a relative path is relative to.
        trusted: Whether the place that names it may make us run a program.
        source: That place, for messages.
    """

    kind: str
    name: str
    key: str
    folder: str = ""
    trusted: bool = False
    source: str = ""

    def __str__(self) -> str:
        return f"[secret: {self.kind} {self.name if self.kind != 'command' else '…'}]"

    def resolve(self, environ: Mapping[str, str]) -> str:
        """The secret itself. Blocks for as long as its command takes, up to half a minute.

        Raises:
            ConfigError: It is not there; the message names where it was looked for, never what was found.
        """
        match self.kind:
            case "env":
                value = self._from_environment(environ)
            case "file":
                value = self._from_file()
            case "command":
                value = self._from_command(environ)
            case _:
                value = self._from_keyring()
        value = value.strip()
        if not value:
            raise ConfigError(f"{self.key}: {self.kind} {self.name} is empty")
        return value

    def _from_environment(self, environ: Mapping[str, str]) -> str:
        if self.name not in environ:
            hint = did_you_mean(self.name, environ) or f"set it: export {self.name}=…"
            raise ConfigError(f"{self.key} needs the environment variable {self.name}, which is not set", hint=hint)
        return environ[self.name]

    def _from_file(self) -> str:
        path = os.path.join(self.folder, os.path.expanduser(self.name))
        try:
            with open(path, "rb") as file:
                return file.read(MAX_BYTES).decode()
        except UnicodeDecodeError:
            raise ConfigError(f"{self.key}: the file {path} is not text") from None
        except OSError as problem:
            reason = (problem.strerror or "cannot be read").lower()
            raise ConfigError(f"{self.key} needs the file {path}: {reason}") from None

    def _from_command(self, environ: Mapping[str, str]) -> str:
        if not self.trusted:
            raise ConfigError(
                f"{self.key}: a project file may not name a command ({self.source})",
                hint=f"put it into your own settings file {own_file(environ)}, or name the file with --config",
            )
        try:
            done = _run(shlex.split(self.name), environ)
        except (OSError, ValueError, IndexError, subprocess.TimeoutExpired) as problem:
            reason = "it took too long" if isinstance(problem, subprocess.TimeoutExpired) else "it cannot be started"
            raise ConfigError(f"{self.key}: its command failed: {reason} ({self.source})") from None
        if done.returncode != 0:
            raise ConfigError(f"{self.key}: its command failed with exit code {done.returncode} ({self.source})")
        return done.stdout[:MAX_BYTES].decode(errors="replace")

    def _from_keyring(self) -> str:
        try:
            keyring = import_module("keyring")
        except ImportError:
            raise ConfigError(
                f"{self.key} is in a keyring, and there is no keyring reader installed",
                hint="install it: pip install keyring; or use { env = … }, { file = … }",
            ) from None
        found: list[str | None] = []

        def look() -> None:
            try:
                found.append(keyring.get_password("llmspell", self.name))
            except Exception:  # whatever a keyring's backend raises means that we do not get it
                found.append(None)

        # A locked keyring may wait for a person; a run must not.
        thread = threading.Thread(target=look, daemon=True)
        thread.start()
        thread.join(_KEYRING_TIMEOUT_S)
        if not found or found[0] is None:
            raise ConfigError(
                f"{self.key}: the keyring gave no password {self.name} of llmspell",
                hint=f"store it: keyring set llmspell {self.name}",
            )
        return found[0]


def _run(argv: list[str], environ: Mapping[str, str]) -> subprocess.CompletedProcess[bytes]:
    """As `subprocess.run`; a command that nobody waits for any more when the process ends does not outlive it."""
    pipe = subprocess.PIPE
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, env=dict(environ)) as process:
        atexit.register(process.kill)
        try:
            found, said = process.communicate(timeout=_COMMAND_TIMEOUT_S)
        except BaseException:
            process.kill()
            raise
        finally:
            atexit.unregister(process.kill)
    return subprocess.CompletedProcess(argv, process.returncode, found, said)


def read_dotenv(path: str) -> dict[str, str]:
    """The variables of a `.env` file: NAME=value lines, `export`, quotes and comments; nothing is expanded.

    Raises:
        ConfigError: A line that is none of these.
    """
    try:
        with open(path, encoding="utf-8") as file:
            lines = file.read(MAX_BYTES).splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError):
        raise ConfigError(f"{path} cannot be read as text") from None
    found: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        text = line.strip().removeprefix("export ").strip()
        if not text or text.startswith("#"):
            continue
        name, equals, value = text.partition("=")
        name, value = name.strip(), value.strip()
        if not equals or not name.isidentifier():
            raise ConfigError(f"{path}:{number}: not a line of the form NAME=value")
        if value[:1] in "\"'" and value[:1] and value.find(value[0], 1) > 0:
            value = value[1 : value.find(value[0], 1)]
        else:
            value = value.split(" #")[0].rstrip()
        found[name] = value
    return found
