def d(**p):
    try:
        print(JSON.stringify(Tool.execute("datetime-handler", p).result))
    except LLMSpellError as e:
        print(e.code)
d(operation="parse", input="21 Nov 2026 14:30 CET")
d(operation="add", input="2026-01-31", months=1)
d(operation="add", input="2026-01-31", amount={"days": 1, "hours": 2})
d(operation="subtract", input="2026-03-01", amount={"days": 1})
print(Tool.execute("datetime-handler", operation="difference", input="2026-01-01", other="2026-11-21T12:00:00Z").text)
d(operation="convert_timezone", input="2026-07-01T12:00:00Z", to="America/New_York")
d(operation="format", input=0, format="rfc2822")
d(operation="format", input="2026-01-02", format="%d/%m/%Y")
d(operation="info", input="2024-02-29")
d(operation="parse", input="not a date")
d(operation="convert_timezone", input="2026-07-01", to="Mars/Olympus")
print(str(len(Tool.execute("datetime-handler", operation="now", timezone="Europe/Berlin").text) > 10).lower())
print(str(len(JSON.stringify(Tool.execute("datetime-handler", operation="formats").result)) > 20).lower())
