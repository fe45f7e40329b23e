print("before")
local function inner()
  error("it went wrong")
end
inner()
