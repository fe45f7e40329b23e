"""Lua's grammar, read in one pass: statements and scopes. See `lua_expressions` for what is kept of it."""

from __future__ import annotations

from llmspell.approval.facts import Facts
from llmspell.approval.lua_expressions import NOTHING, LuaExpressions
from llmspell.approval.lua_lexer import LuaSyntaxError, Token

_BLOCK_ENDS = ("end", "else", "elseif", "until", "eof")


class LuaParser(LuaExpressions):
    """Reads one text into `facts`."""

    def read(self) -> Facts:
        """Read all of it.

        Raises:
            LuaSyntaxError: It is no Lua.
        """
        self._block(())
        if self._kind != "eof":
            raise self._unexpected()
        for name in self._assigned:
            self.facts.names.pop(name, None)
        return self.facts

    def _block(self, locals_: tuple[str, ...]) -> None:
        self._deeper()
        self._scopes.append(dict.fromkeys(locals_, ()))
        while self._kind not in _BLOCK_ENDS:
            if self._kind == "return":
                self._next()
                if self._kind not in (*_BLOCK_ENDS, ";"):
                    self._expressions()
                self._take(";")
                break
            self._statement()
        self._scopes.pop()
        self._depth -= 1

    def _statement(self) -> None:
        token = self._tokens[self._at]
        kind = token.kind
        if kind == ";":
            self._next()
        elif kind == "if":
            self._if()
        elif kind == "while":
            self._next()
            self._expression()
            self._expect("do")
            self._loop((), token)
        elif kind == "do":
            self._next()
            self._block(())
            self._expect("end", token)
        elif kind == "for":
            self._for()
        elif kind == "repeat":
            self._repeat()
        elif kind == "function":
            self._function_statement()
        elif kind == "local":
            self._local()
        elif kind == "::":
            self._next()
            self._expect("name")
            self._expect("::")
        elif kind == "break":
            self._next()
            if not self._loops[-1]:
                raise LuaSyntaxError(token.line, "break outside a loop")
        elif kind == "goto":
            self._next()
            self._expect("name")
        else:
            self._expression_statement()

    def _if(self) -> None:
        opened = self._next()
        self._expression()
        self._expect("then")
        self._block(())
        while self._kind == "elseif":
            self._next()
            self._expression()
            self._expect("then")
            self._block(())
        if self._take("else"):
            self._block(())
        self._expect("end", opened)

    def _loop(self, names: tuple[str, ...], opened: Token) -> None:
        self._loops[-1] += 1
        self._block(names)
        self._loops[-1] -= 1
        self._expect("end", opened)

    def _for(self) -> None:
        opened = self._next()
        names = [self._expect("name").text]
        while self._take(","):
            names.append(self._expect("name").text)
        if len(names) == 1 and self._take("="):
            found = self._expressions()
            if len(found) not in (2, 3):
                raise LuaSyntaxError(opened.line, "a numeric for has two or three values")
        else:
            self._expect("in")
            self._expressions()
        self._expect("do")
        self._loop(tuple(names), opened)

    def _repeat(self) -> None:
        opened = self._next()
        self._loops[-1] += 1
        # The condition sees the block's locals, so the block is read here.
        self._deeper()
        self._scopes.append({})
        while self._kind not in _BLOCK_ENDS and self._kind != "return":
            self._statement()
        if self._take("return") and self._kind != "until":
            self._expressions()
            self._take(";")
        self._expect("until", opened)
        self._expression()
        self._scopes.pop()
        self._depth -= 1
        self._loops[-1] -= 1

    def _function_statement(self) -> None:
        opened = self._next()
        name = self._expect("name").text
        if self._found(name) is None:
            self._assigned.add(name)
        has_self = False
        while self._kind in (".", ":"):
            has_self = self._next().kind == ":"
            self._expect("name")
            if has_self:
                break
        self._body(opened, ("self",) if has_self else ())

    def _local(self) -> None:
        self._next()
        if self._kind == "function":
            opened = self._next()
            self._scopes[-1][self._expect("name").text] = ()
            self._body(opened, ())
            return
        names = []
        while True:
            names.append(self._expect("name").text)
            if self._take("<"):
                attribute = self._expect("name").text
                if attribute not in ("const", "close"):
                    raise LuaSyntaxError(self._line, f"unknown attribute {attribute}")
                self._expect(">")
            if not self._take(","):
                break
        values = self._expressions() if self._take("=") else []
        for i, name in enumerate(names):
            it = values[i] if i < len(values) else NOTHING
            self._scopes[-1][name] = () if it.is_call else it.path

    def _expression_statement(self) -> None:
        line = self._line
        first = self._suffixed()
        if self._kind in ("=", ","):
            targets = [first]
            while self._take(","):
                targets.append(self._suffixed())
            self._expect("=")
            self._expressions()
            for it in targets:
                if not it.is_place:
                    raise LuaSyntaxError(line, "cannot assign to a call or a value")
                if it.name and self._found(it.name) is None:
                    self._assigned.add(it.name)
                elif it.name:
                    self._set_local(it.name)
        elif not first.is_call:
            raise LuaSyntaxError(self._line, f"= expected near {self._tokens[self._at].text}")

    def _set_local(self, name: str) -> None:
        for scope in reversed(self._scopes):
            if name in scope:
                scope[name] = ()
                return

    def _body(self, opened: Token, names: tuple[str, ...]) -> None:
        self._expect("(")
        varargs = False
        params = list(names)
        while self._kind != ")":
            if self._take("..."):
                varargs = True
                break
            params.append(self._expect("name").text)
            if not self._take(","):
                break
        self._expect(")")
        self._loops.append(0)
        self._varargs.append(varargs)
        self._block(tuple(params))
        self._loops.pop()
        self._varargs.pop()
        self._expect("end", opened)
