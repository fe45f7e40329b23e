-- The model tells all that was said to it, and its system prompt.
local function teller() return { scripted = { turns = { "({{system}}) {{said}}" }, ["repeat"] = "last" } } end
local function one_line(text) return (text:gsub("\n", " / ")) end
local agent = Agent.create{ name = "friend", model = teller(), system_prompt = "Be kind." }
local talk = agent:conversation()
print(one_line(talk:send("one").text))
print(one_line(talk:chat("two").text), one_line(talk:ask({ text = "three" }).text), one_line(talk:execute("four", { system_prompt = "Once." }).text))
for i, m in ipairs(talk:history()) do print(i, m.role, one_line(m.text)) end
-- A fork goes on by itself; the agent itself and other conversations know nothing of it.
local fork = talk:fork()
print(one_line(fork:send("five").text), #talk:history(), #fork:history())
talk:clear()
print(#talk:history(), one_line(talk:send("anew").text), one_line(agent:execute("alone").text), one_line(agent:conversation():send("other").text))
-- Streamed, to a function and as a loop.
print(one_line(talk:stream("seen", function() end).text))
for e in talk:stream("looped") do if e.type == "done" then print(one_line(e.text)) end end
print(#talk:history())
-- What fails is not remembered.
local flaky = Agent.create{ name = "flaky", model = { scripted = { { text = "first" }, { error = "bad_request" }, { text = "again: {{said}}" } } } }
local t = flaky:conversation()
t:send("a")
local ok, e = pcall(t.send, t, "b")
print(ok, e.code, #t:history(), one_line(t:send("c").text))
ok, e = pcall(t.send, t, "")
print(ok, e.message)
-- At the same time: one after the other.
local both = agent:conversation()
Async.all{ Async.spawn(function() both:send("x") end), Async.spawn(function() both:send("y") end) }
print(one_line(both:send("z").text))
-- chat is the agent's own conversation.
print(one_line(agent:chat("p").text), one_line(agent:chat({ text = "q" }).text))
agent:forget()
print(one_line(agent:chat("r").text))
agent:clear_memory()
print(one_line(agent:chat("s").text))
-- Composites talk, too.
local chain = Agent.create_composite("chain", { agent, agent }, "sequential")
local c = chain:conversation()
print(one_line(c:send("hi").text), #c:history())
