"""One call of a model as a whole process, on loopback: what a quick script costs beside its model.

The same answer from the same server by each client. Every client is a new process each time, as a script in a pipe is;
the SDK and the library are those of the development tools."""

from __future__ import annotations

import subprocess
import sys
import time
from functools import partial
from pathlib import Path

from measure import HERE, LLMSPELL, clean_env, in_turn, scratch, table

ROUNDS = 8
AIM_OF_SDK = 250 / 449  # of performance.md: 250 ms where the SDK takes 449

CLIENTS = {
    "http.client": """
import http.client, json
it = http.client.HTTPConnection("127.0.0.1", PORT)
body = json.dumps({"model": "m", "messages": [{"role": "user", "content": "hi"}]})
it.request("POST", "/v1/chat/completions", body, {"Content-Type": "application/json"})
print(json.loads(it.getresponse().read())["choices"][0]["message"]["content"])
""",
    "httpx2": """
import httpx2
body = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
print(httpx2.post("http://127.0.0.1:PORT/v1/chat/completions", json=body).json()["choices"][0]["message"]["content"])
""",
    "openai SDK": """
import openai
client = openai.OpenAI(base_url="http://127.0.0.1:PORT/v1", api_key="none")
messages = [{"role": "user", "content": "hi"}]
print(client.chat.completions.create(model="m", messages=messages).choices[0].message.content)
""",
    "pydantic-ai Agent": """
from pydantic_ai import Agent
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider
model = OpenAIChatModel("m", provider=OpenAIProvider(base_url="http://127.0.0.1:PORT/v1", api_key="none"))
print(Agent(model).run_sync("hi").output)
""",
}
SCRIPTS = {
    "call.lua": 'print(Agent.create{ model = "openai/gpt-5-mini" }:execute("hi").text)',
    "call.py": 'print(Agent.create(model="openai/gpt-5-mini").execute("hi").text)',
}
CONFIG = '[providers.openai]\nbase_url = "http://127.0.0.1:PORT/v1"\napi_key = "none"\n'


def main() -> None:
    server = subprocess.Popen([sys.executable, str(HERE / "model_server.py")], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        port = server.stdout.readline().strip()
        with scratch() as folder:
            env = clean_env(folder)
            Path("call.toml").write_text(CONFIG.replace("PORT", port), encoding="utf-8")
            for name, text in SCRIPTS.items():
                Path(name).write_text(text, encoding="utf-8")
            for name, text in CLIENTS.items():
                Path(f"client {name}.py").write_text(text.replace("PORT", port), encoding="utf-8")
            show(env)
    finally:
        server.kill()
        server.wait()


def whole_s(command: list[str], env: dict[str, str]) -> float:
    """How long a command takes. Not `run_s`, which waits for all children: the server is one."""
    started = time.perf_counter()
    subprocess.run(command, env=env, stdout=subprocess.DEVNULL, check=True, timeout=60)
    return time.perf_counter() - started


def show(env: dict[str, str]) -> None:
    commands = {f"llmspell {name}": [LLMSPELL, "run", "--config", "call.toml", name] for name in SCRIPTS}
    others = {name: [sys.executable, f"client {name}.py"] for name in CLIENTS}
    rows = []
    for ours, command in commands.items():
        for peer, other in others.items():
            try:
                pairs = in_turn(partial(whole_s, command, env), partial(whole_s, other, env), ROUNDS)
            except subprocess.CalledProcessError as problem:
                print(f"{peer} is left out: {problem}", file=sys.stderr)
                continue
            aim = f"{AIM_OF_SDK:.2f}" if peer == "openai SDK" else ""
            mine, theirs = sorted(pairs.ours)[ROUNDS // 2], sorted(pairs.peer)[ROUNDS // 2]
            rows.append(
                [ours, peer, f"{mine * 1000:.0f}", f"{theirs * 1000:.0f}", f"{pairs.ratio:.2f}", pairs.spread, aim]
            )
    heads = ["a whole process", "beside", "ms", "its ms", "ratio", "spread", "aim"]
    table(f"One call of a model on loopback, {time.strftime('%Y-%m-%d')}", heads, rows)


if __name__ == "__main__":
    main()
