from pkg.inner import value
print(value)
