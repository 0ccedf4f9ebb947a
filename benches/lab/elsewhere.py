"""Questions that no collection of paper abstracts answers: of every day, and without a meaning."""

from __future__ import annotations

import random
import string

# By what they are about. Topics on which there are papers in most fields (health, energy, schools) are left out.
EVERYDAY = {
    "recipes": [
        "best pasta recipe",
        "how long to boil an egg",
        "chocolate chip cookies without butter",
        "what can I cook with leftover chicken and rice",
        "how do I make sourdough starter at home",
        "substitute for buttermilk in pancakes",
        "easy vegetarian dinner for four",
        "why is my cake dry",
    ],
    "sport": [
        "who won the world cup in 1998",
        "offside rule explained",
        "when does the football season start",
        "best running shoes for flat feet",
        "how many players are on a volleyball team",
        "tour de france stage winners",
        "how to improve my golf swing",
        "tennis racket string tension for beginners",
    ],
    "travel": [
        "cheap flights to lisbon in may",
        "do I need a visa for japan",
        "things to do in rome with kids",
        "best hotel near the eiffel tower",
        "train from munich to vienna timetable",
        "what to pack for a week in iceland",
        "camping sites in cornwall with showers",
        "is it safe to drink tap water in mexico",
    ],
    "law": [
        "can my landlord raise the rent twice a year",
        "how do I contest a parking ticket",
        "divorce papers where to file",
        "do I have to pay tax on a gift from my parents",
        "how to write a will without a lawyer",
        "what is the notice period for quitting my job",
        "neighbour's tree hangs over my fence",
        "custody of the dog after a breakup",
    ],
    "shopping": [
        "red dress size 38 for a wedding",
        "where can I buy cheap garden furniture",
        "is the return policy thirty days",
        "coupon code for pizza delivery",
        "best washing machine under 500 euros",
        "gift ideas for my mother in law",
        "second hand bicycle near me",
        "opening hours of the supermarket on sunday",
    ],
    "weather": [
        "will it rain tomorrow in hamburg",
        "is it going to snow this weekend",
        "what should I wear at 15 degrees",
        "sunset time today",
        "how hot is it in dubai in august",
        "do I need an umbrella tonight",
    ],
    "chat": [
        "hello how are you today",
        "tell me a joke",
        "what is your name",
        "I am bored what should I do",
        "good morning everyone",
        "do you love me",
        "sing me a song please",
        "happy birthday grandma",
    ],
    "home": [
        "how to unclog a kitchen sink",
        "get red wine out of a white carpet",
        "my cat keeps waking me up at night",
        "how often should I water a cactus",
        "paint colours for a small bedroom",
        "squeaky door hinge fix",
    ],
}

CONSONANTS, VOWELS = "bcdfghjklmnprstvwz", "aeiou"
REAL = "the paper house green walks under seven quickly table river because singing cloud never bread window".split()


def nonsense(count: int, seed: int = 1) -> dict[str, list[str]]:
    """`count` questions in all: keys hit at random, words that can be spoken and mean nothing, real words among them."""
    draw = random.Random(seed)

    def mash() -> str:
        return "".join(draw.choices(string.ascii_lowercase, k=draw.randint(4, 11)))

    def spoken() -> str:
        return "".join(draw.choice(CONSONANTS) + draw.choice(VOWELS) for _ in range(draw.randint(2, 4)))

    def mixed() -> str:
        return draw.choice([spoken, mash, lambda: draw.choice(REAL)])()

    def some(kind, most: int) -> list[str]:
        return [" ".join(kind() for _ in range(draw.randint(1, most))) for _ in range(count // 3)]

    mixtures = [f"{spoken()} {draw.choice(REAL)} {mixed()}" for _ in range(count // 3)]
    return {"keys": some(mash, 3), "spoken": some(spoken, 4), "mixed": mixtures}
