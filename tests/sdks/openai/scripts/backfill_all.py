"""A script that goes over its data; a list that is written out, and attempts, are no stock of data."""

from openai import OpenAI

client = OpenAI()


def main(texts):
    for text in texts:
        # site: openai chat background=yes
        client.responses.create(model="gpt-5-mini", input="Describe this article for the catalogue of the shop: " + text)
    for text in ["one", "two"]:
        # site: openai chat background=-
        client.responses.create(model="gpt-5-mini", input="Describe this article for the catalogue of the shop: " + text)
    for _ in range(3):
        # site: openai chat background=-
        client.responses.create(model="gpt-5-mini", input="again")


if __name__ == "__main__":
    main([])
