local function tree(depth)
  if depth == 0 then return 1 end
  local a, b = Async.spawn(tree, depth - 1), Async.spawn(tree, depth - 1)
  return a:await() + b:await()
end
print(tree(6))
