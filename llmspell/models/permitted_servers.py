"""The servers that a script names itself: who of them may be reached, and at which addresses.

A name is looked up once, when it is permitted, and connections go to the addresses that were checked then. Whoever
holds the name's zone may answer something else a moment later; that answer is never asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.errors import PermissionDenied
from llmspell.models.destinations import permit_url
from llmspell.security import hosts
from llmspell.security.network import Resolver, system_resolver

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.security.network import Endpoint


class PermittedServers:
    """Those of one run: another one's permissions are not this one's.

    Args:
        resolver: Who looks names up.
    """

    def __init__(self, resolver: Resolver = system_resolver) -> None:
        self._resolver = resolver
        self._endpoints: dict[tuple[str, int], Endpoint] = {}

    async def permit(self, ctx: RunContext, url: str) -> None:
        """Ask whether a server may be reached, and keep its addresses in place of those of the last time.

        Raises:
            PermissionDenied: With the flag that would allow it.
            BadArgument: It is no http or https URL.
            ToolFailed: host_not_found.
        """
        endpoint = await permit_url(ctx, url, resolver=self._resolver)
        self._endpoints[endpoint.host, endpoint.port] = endpoint

    def endpoint(self, host: str, port: int) -> Endpoint:
        """Where a server was permitted.

        Raises:
            PermissionDenied: Nobody has asked for it: a server that redirects, or a mistake of ours.
        """
        try:
            found = self._endpoints.get((hosts.canonical(host), port))
        except ValueError:
            found = None
        if found is None:
            where = hosts.join_port(host, port)
            raise PermissionDenied(
                f"no connection to {where}: it is not the server that was permitted",
                hint="name it in base_url if that is where the model is",
                details={"kind": "net", "subject": where},
            )
        return found
