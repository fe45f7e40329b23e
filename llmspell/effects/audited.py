"""A profile's permissions, as `security.paths` and `security.network` ask them, with every answer audited."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.effects.flows import flow_denied, watched

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.errors import PermissionDenied
    from llmspell.security.permissions import Decision, Permission, Permissions


class AuditedPermissions:
    """Decides like the profile of the context's run, on behalf of its actor. May be asked from any thread."""

    def __init__(self, ctx: RunContext) -> None:
        self._ctx = ctx
        self._permissions = ctx.profile.permissions

    def decide(self, kind: str, subject: str) -> Decision:
        decision = self._permissions.decide(kind, subject)
        self._ctx.audit(decision)
        if decision.allowed:
            return watched(self._ctx, kind, decision.subject) or decision
        return decision

    def decide_address(self, address: str, port: int, name: str) -> Decision:
        decision = self._permissions.decide_address(address, port, name)
        self._ctx.audit(decision)
        return decision

    def denied_beneath(self, kind: str, folder: str) -> Permission | None:
        return self._permissions.denied_beneath(kind, folder)

    def describe_denial(self, decision: Decision, actor: str = "") -> PermissionDenied:
        if decision.kind == "flow":
            return flow_denied(self._ctx, decision, actor)
        return self._permissions.describe_denial(decision, actor or self._ctx.actor)

    def quiet(self) -> Permissions:
        """The rules alone, for questions that nobody asked: the entries of a listing, candidates of a hint."""
        return self._permissions
