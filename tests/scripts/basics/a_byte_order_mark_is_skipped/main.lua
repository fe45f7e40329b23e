#!/usr/bin/env llmspell
print("ran")
