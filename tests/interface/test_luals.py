import pytest
from lupa import lua54, luajit21

from llmspell.globals.declared import declared_interface
from llmspell.interface.luals import lua_stubs
from llmspell.interface.spec import Interface


@pytest.mark.parametrize("lupa", [lua54, luajit21])
def test_the_stubs_of_everything_are_lua_that_loads(lupa: object) -> None:
    lua = lupa.LuaRuntime(unpack_returned_tuples=True)  # type: ignore[attr-defined]
    lua.execute(lua_stubs(declared_interface()))
    assert lua.eval("type(Tool.execute) == 'function' and Tool.invoke == Tool.execute")
    assert lua.eval("type(ARGS)") == "table"


def test_the_stubs_know_agents_and_what_their_streams_are() -> None:
    text = lua_stubs(declared_interface())
    without = "self: AgentObject, input?: any, fn?: nil, options?: table<string, any>"
    assert f"---@overload fun({without}): AgentStream" in text
    assert "---@class AgentStream\n---@overload fun(): AgentEvent|nil" in text
    assert "---@return AgentResult The whole answer" in text
    lua = lua54.LuaRuntime()
    lua.execute(text)
    assert lua.eval("Agent.createComposite == Agent.create_composite and Agent.register == Agent.create")


def test_a_method_is_annotated(sample: Interface) -> None:
    assert """\
---Find a thing. Or not.
---@param name string A name | title.
---@return Thing|nil nil when there is none.
function Sample.get(name) end
Sample.fetch = Sample.get
Sample.getIt = Sample.get
""" in lua_stubs(sample)


def test_records_objects_and_indexing_are_classes(sample: Interface) -> None:
    text = lua_stubs(sample)
    assert "---@class Row\n---@field name string What it is called.\n---@field size integer|nil" in text
    assert "function Thing:again(fn) end" in text
    assert "---@class Sample\n---@field null nil Nothing.\n---@field [string] Thing|nil\nSample = {}" in text


def test_reserved_words_enums_optional_and_variadic_parameters(sample: Interface) -> None:
    text = lua_stubs(sample)
    assert 'param kind? "a"|"b" Which.' in text
    assert "function Local.then_(fn, ...) end\nLocal.next = Local.then_" in text
    assert "---@return table<string, integer[]>" in text
    assert "function Sample.with(data, ratio) end" in text


def test_a_table_of_fields_has_a_class_of_its_own(sample: Interface) -> None:
    text = lua_stubs(sample)
    assert "---@class Sample.make.fields\n---@field name string A name.\n---@field fn fun(...): any" in text
    assert "---@overload fun(fields: Sample.make.fields): Thing" in text
