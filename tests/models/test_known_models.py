"""The models of the price table, for people."""

from llmspell.models.known_models import known_model, known_models, models_like


def test_models_have_prices_and_windows_and_are_still_offered():
    found = {it.name: it for it in known_models("openai")}
    mini = found["gpt-5-mini"]
    assert mini.context_window and mini.input_usd and mini.output_usd and mini.input_usd < mini.output_usd
    assert not [it for it in found if "embed" in it or "tts" in it or "transcribe" in it]
    assert list(found) == sorted(found)
    assert known_models("nobody") == known_models("") == []


def test_one_is_found_by_any_of_its_names():
    found = known_model("openai", "gpt-5-mini-2025-08-07")
    assert found is not None and found.name == "gpt-5-mini"
    assert known_model("openai", "no-such-model") is None and known_model("nobody", "x") is None


def test_a_price_in_tiers_is_shown_as_the_first_of_them():
    tiered = [it for it in known_models("google") if it.name == "gemini-2.5-pro"]
    assert tiered and tiered[0].input_usd and tiered[0].input_usd < 10


def test_names_like_another_are_full_names():
    ours = {"openai": "openai", "xai": "x-ai"}
    assert models_like("gpt-5-mini", ours) == ["openai/gpt-5-mini"]
    assert "openai/gpt-5-mini" in models_like("gpt-5-minni", ours)
    assert models_like("grok-4.6", ours) == ["xai/grok-4.6"]
    assert models_like("qqqqqqqqqqqqqq", ours) == []
