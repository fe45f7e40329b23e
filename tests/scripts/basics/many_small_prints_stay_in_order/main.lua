for i = 1, 3000 do print("line " .. i) end
