agent = Agent.create(name="viewer", model="echo")
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def asked(*args, **options):
    print(agent.execute(*args, **options).text.replace("\n", " "))


asked({"text": "Seen:", "images": [{"path": "chart.png"}]})
asked(text="Twice:", images=["chart.png", {"path": "chart.png", "name": "again.png"}])
asked("Beside:", images="chart.png")
asked(image={"path": "chart.png"})
asked({"text": "Bytes:", "images": [{"base64": PNG, "mime": "image/png"}, {"url": "data:image/png;base64," + PNG}]})
asked({"text": "Far away:", "images": [{"url": "https://example.com/a.png"}]})
asked({"text": "Note:", "files": [{"path": "note.md"}], "documents": ["note.md"]})
asked({"text": "Heard:", "audio": [{"base64": "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA=", "mime": "audio/wav"}]})
part = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + PNG}}
asked(messages=[{"role": "user", "content": [{"type": "text", "text": "In a part:"}, part]}])
r = agent.execute({"text": "x", "images": ["chart.png"]})
print(JSON.stringify(r.messages[0]))


def wrong(input):
    try:
        agent.execute(input)
    except LLMSpellError as e:
        print("false", e.code, e.message, e.hint or "nil", sep="\t")


wrong({"text": "a", "images": ["fake.png"]})
wrong({"text": "a", "images": [{"path": "/etc/hostname"}]})
wrong({"text": "a", "images": [{"base64": "%%%"}]})
wrong({"text": "a", "images": [{}]})
wrong({"text": "a", "images": [{"path": "chart.png", "url": "https://example.com/a.png"}]})
wrong({"text": "a", "images": [{"pth": "chart.png"}]})
wrong({"text": "a", "audio": ["chart.png"]})
wrong({"text": "a", "images": [{"url": "ftp://example.com/a.png"}]})
try:
    agent.execute({"text": "a", "images": ["missing.png"]})
except LLMSpellError as e:
    print(e.code)
try:
    agent.execute([*r.messages, {"role": "user", "text": "And?"}])
except BadArgument as e:
    print("false", e.code, e.message, e.hint, sep="\t")
blind = Agent.create(name="blind", model={"scripted": {"turns": ["x"], "media": []}})
try:
    blind.execute({"text": "a", "images": ["chart.png"]})
except LLMSpellError as e:
    print("false", e.code, e.message, sep="\t")
