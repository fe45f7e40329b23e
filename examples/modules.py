# Use a module that lies beside the script: `llmspell run modules.py`
import shapes

for r in (1, 2.5):
    print(f"radius {r:.1f}: area {shapes.circle(r):.3f}")
