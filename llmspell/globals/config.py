"""`Config`: the settings and the rights of this run. A script may give rights up, never take more."""

from __future__ import annotations

import copy
import dataclasses
import json
from typing import TYPE_CHECKING, TypedDict

from llmspell.errors import BadArgument, NotFound, PermissionDenied
from llmspell.interface.declare import method, script_global, script_object
from llmspell.security.permissions import parse_permission
from llmspell.suggestions import did_you_mean
from llmspell.tools.protocol import Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmspell.effects.context import RunContext
    from llmspell.globals.services import Services, SettingsView
    from llmspell.models.calling import ModelServices


@script_object("PermissionTable", record=True)
class PermissionTable(TypedDict):
    """What a run may do.

    Attributes:
        profile: The profile's name.
        allow: Rules such as `read:./data`.
        deny: Rules that beat them.
    """

    profile: str
    allow: list[str]
    deny: list[str]


@script_global("Config")
class ConfigGlobal:
    """The settings and rights of this run. Secrets are never in them."""

    def __init__(self, settings: SettingsView, models: Callable[[], ModelServices]) -> None:
        self._settings = settings
        self._models = models

    @classmethod
    def build(cls, services: Services) -> ConfigGlobal:
        return cls(services.settings, services.models)

    @method(recorded=False)
    def get(self, ctx: RunContext, path: str = "", default: Value = None) -> Value:
        """One setting, a section of them, or all.

        Args:
            path: `section.key`; empty means everything.
            default: The answer when there is no such setting.
        """
        value: Value = self._settings.visible()
        for name in filter(None, path.split(".")):
            if not isinstance(value, dict) or name not in value:
                return default
            value = value[name]
        return copy.deepcopy(value)

    @method(aliases=("getSection",), recorded=False)
    def get_section(self, ctx: RunContext, name: str) -> dict[str, Value]:
        """One section of the settings.

        Args:
            name: A name such as `tools`.

        Raises:
            NotFound: No such section. The message names the nearest ones.
        """
        value = self.get(ctx, name)
        if not isinstance(value, dict):
            sections = [key for key, it in self._settings.visible().items() if isinstance(it, dict)]
            raise NotFound(f"the settings have no section {name[:80]!r}", hint=did_you_mean(name, sections))
        return value

    @method(aliases=("getTools",), recorded=False)
    def get_tools(self, ctx: RunContext) -> dict[str, Value]:
        """The settings of tools; empty when there are none."""
        value = self.get(ctx, "tools")
        return value if isinstance(value, dict) else {}

    @method(aliases=("listProviders",), recorded=False)
    def list_providers(self, ctx: RunContext) -> list[str]:
        """The names of the providers of models, those of the settings included."""
        return self._models().catalog.provider_names()

    @method(aliases=("getProvider",), recorded=False)
    def get_provider(self, ctx: RunContext, name: str) -> dict[str, Value]:
        """How a provider of models is reached; never its key or its headers.

        Args:
            name: One of `list_providers`.

        Returns:
            name, api, base_url, default_model, local, enabled, and the limits timeout_s and retries.

        Raises:
            ModelNotFound: There is no such provider; the hint names the nearest.
        """
        catalog = self._models().catalog
        config = catalog.config(name)
        return {
            "name": config.name,
            "api": config.api,
            "base_url": config.base_url,
            "default_model": config.default_model,
            "local": config.is_local,
            "enabled": catalog.state(name).is_usable,
            "timeout_s": config.limits.timeout_s,
            "retries": config.limits.retries,
        }

    @method(aliases=("getSecurity",), recorded=False)
    def get_security(self, ctx: RunContext) -> dict[str, Value]:
        """The profile of this run: its permissions and limits.

        Returns:
            `profile`, `allow`, `deny`, and `limits` by name; a limit that is not set is absent.
        """
        limits = dataclasses.asdict(ctx.run.profile.limits)
        return {**self.get_permissions(ctx), "limits": {key: it for key, it in limits.items() if it is not None}}

    @method(aliases=("getPermissions",), recorded=False)
    def get_permissions(self, ctx: RunContext) -> PermissionTable:
        """What this run may do now."""
        profile = ctx.run.profile
        return {
            "profile": profile.name,
            "allow": [str(it) for it in profile.permissions.allow],
            "deny": [str(it) for it in profile.permissions.deny],
        }

    @method(recorded=False)
    def is_allowed(self, ctx: RunContext, permission: str) -> bool:
        """Whether the run may do something. Asking is not doing: nothing is audited.

        Args:
            permission: `kind:subject`, such as `read:./data/a.csv` or `net:example.com:443`.

        Raises:
            BadArgument: No such kind of permission.
        """
        rule = parse_permission(permission, base=ctx.run.cwd, error=BadArgument)
        if rule.kind == "*":
            raise BadArgument("Config.is_allowed: ask for one thing", hint="write kind:subject")
        subject = permission.strip()[len(rule.kind) + 1 :].strip()
        return ctx.run.profile.permissions.decide(rule.kind, subject).allowed

    @method(aliases=("isFileAccessAllowed",), recorded=False)
    def is_file_access_allowed(self, ctx: RunContext, path: str, write: bool = False) -> bool:
        """Whether the run may read, or write, a file. By its name: a link may still lead where nothing is granted.

        Args:
            path: Relative to the folder the run was started in.
            write: Ask for writing instead of reading.
        """
        return ctx.run.profile.permissions.decide("write" if write else "read", path).allowed

    @method(aliases=("isNetworkAccessAllowed",), recorded=False)
    def is_network_access_allowed(self, ctx: RunContext, host: str) -> bool:
        """Whether the run may connect to a host. By its name: it may still resolve to an address that is refused.

        Args:
            host: `example.com` or `example.com:443`.
        """
        return ctx.run.profile.permissions.decide("net", host).allowed

    @method(recorded=False)
    async def drop(self, ctx: RunContext, permission: str) -> None:
        """Give up a right for the rest of the run. It cannot be had back.

        Args:
            permission: A rule such as `net:*` or `write:./out`; `*` gives up everything.

        Raises:
            BadArgument: It is no rule.
        """
        run = ctx.run
        rule = parse_permission(permission, base=run.cwd, error=BadArgument)
        profile = run.profile.narrowed(deny=[permission], by="Config.drop")
        if rule.kind == "model":  # an alias is denied as what it stands for
            from llmspell.config.settings import Settings  # late: few rules are about models
            from llmspell.models.model_rules import with_meant_models

            if isinstance(run.settings, Settings):
                profile = with_meant_models(profile, run.settings)
        run.profile = profile
        run.journal.note(run.run_id, "dropped", ctx.key, str(rule))
        await run.hooks.notify(
            ctx, "ConfigurationChange", kind="system", name="permissions", input={"dropped": str(rule)}
        )

    @method(aliases=("addAllowedPath",), recorded=False)
    def add_allowed_path(self, ctx: RunContext, path: str, mode: str = "read") -> None:
        """Ask for a folder. Scripts never widen their own rights: this is an error unless it is granted already.

        Args:
            path: A file or folder.
            mode: `read` or `write`.

        Raises:
            PermissionDenied: It is not granted; the hint is the flag that would.
        """
        if mode not in ("read", "write"):
            raise BadArgument(f"Config.add_allowed_path: no mode is called {mode[:40]!r}", hint="read or write")
        _must_be_granted(ctx, mode, path)

    @method(aliases=("addAllowedHost",), recorded=False)
    def add_allowed_host(self, ctx: RunContext, host: str) -> None:
        """Ask for a host. Scripts never widen their own rights: this is an error unless it is granted already.

        Args:
            host: `example.com` or `example.com:443`.

        Raises:
            PermissionDenied: It is not granted; the hint is the flag that would.
        """
        _must_be_granted(ctx, "net", host)

    @method(aliases=("toJson",), recorded=False)
    def to_json(self, ctx: RunContext) -> str:
        """All settings as JSON."""
        return json.dumps(self.get(ctx), indent=2, sort_keys=True, ensure_ascii=False)


def _must_be_granted(ctx: RunContext, kind: str, subject: str) -> None:
    permissions = ctx.run.profile.permissions
    decision = permissions.decide(kind, subject)
    if not decision.allowed:
        denial = permissions.describe_denial(decision)
        raise PermissionDenied(
            f"a script cannot widen its own rights: {denial.message}", hint=denial.hint, details=denial.details
        )
