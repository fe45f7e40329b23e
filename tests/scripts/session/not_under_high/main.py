# What sessions hold is the user's, of all of their scripts: a script from a stranger has none.
def there(name):
    try:
        eval_name = {"Session": lambda: Session, "Artifact": lambda: Artifact, "State": lambda: State, "Tool": lambda: Tool}
        eval_name[name]()
        return True
    except NameError:
        return False
print(*(str(v).lower() for v in (not there("Session"), not there("Artifact"), not there("State"), there("Tool"))), sep="\t")
