"""Gemini's lanes: in the config, by name or by the enum's value."""

from google import genai
from google.genai import types

client = genai.Client()


def sheddable(text):
    # site: google-genai chat tier=flex waits=-
    return client.models.generate_content(model="gemini-3.8-flash", contents=text, config={"service_tier": "flex"})


def dear(text):
    # site: google-genai chat tier=priority waits=yes
    return client.models.generate_content_stream(
        model="gemini-3.8-flash",
        contents=text,
        config=types.GenerateContentConfig(service_tier="SERVICE_TIER_PRIORITY"),
    )
