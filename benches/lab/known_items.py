"""Questions whose right papers are known without judgements, drawn from the papers themselves."""

from __future__ import annotations

import collections
import re


def known_items(papers, draw):
    """Questions of each kind, each with the id of the one paper that is right."""
    of_titles = collections.Counter(word.lower() for paper in papers for word in set(re.findall(r"\w+", paper["title"])))
    names = []
    for paper in papers:
        opening = re.match(r"^([A-Za-z0-9\-]{3,}):", paper["title"])
        if opening and re.fullmatch(r"\w+", opening[1]) and of_titles[opening[1].lower()] == 1:
            names.append((opening[1], paper["id"]))
    draw.shuffle(names)
    three = []
    for paper in draw.sample(papers, min(200, len(papers))):
        words = paper["title"].split()
        if len(words) >= 4:
            start = draw.randrange(len(words) - 2)
            three.append((" ".join(words[start : start + 3]), paper["id"]))
    slips = []
    for name, paper in names[400:]:
        if len(name) >= 5 and name.isalpha() and len(slips) < 200:
            place, letter = draw.randrange(1, len(name)), draw.choice("abcdefghijklmnopqrstuvwxyz")
            typed = name[:place] + letter + name[place + 1 :]
            if typed.lower() != name.lower():
                slips.append((typed, paper))
    of_arxiv = [paper["id"] for paper in papers if re.fullmatch(r"\d{4}\.\d{4,5}", paper["id"])]
    ids = [(paper, paper) for paper in draw.sample(of_arxiv, min(50, len(of_arxiv)))]
    return {"names": names[:400], "three": three, "slips": slips, "ids": ids}


def by_author(papers, draw):
    """Names of authors, each with the ids of her papers."""
    written = collections.defaultdict(set)
    for paper in papers:
        for author in paper.get("authors") or []:
            written[author].add(paper["id"])
    several = [(name, ids) for name, ids in written.items() if len(name.split()) >= 2 and 2 <= len(ids) <= 10]
    return draw.sample(several, min(100, len(several)))


def acronyms(papers, draw):
    """Acronyms and their long forms, each with the ids of the papers that have only the other form.

    A definition is a long form before its acronym in brackets, whose words begin with the letters of the acronym; it counts
    if two papers or more have it, and three in five of those that define the acronym.
    """
    texts = {paper["id"]: f"{paper['title']} {paper['abstract']}" for paper in papers}
    defined = collections.defaultdict(collections.Counter)
    for text in texts.values():
        found = set()
        for match in re.finditer(r"\(([A-Z]{3,8})s?\)", text):
            words = re.findall(r"[A-Za-z]+", text[: match.start()])[-len(match[1]) :]
            if [word[0].upper() for word in words] == list(match[1]):
                found.add((match[1], " ".join(word.lower() for word in words)))
        for acronym, long in found:
            defined[acronym][long] += 1
    # Hyphens are spaces, in papers as in long forms.
    plain = {paper: " ".join(re.findall(r"[a-z]+", text.lower())) for paper, text in texts.items()}
    questions = {"acronym": [], "long form": []}
    for acronym, longs in sorted(defined.items()):
        long, count = longs.most_common(1)[0]
        if count < 2 or count < 0.6 * longs.total():
            continue
        written = re.compile(rf"\b{acronym}s?\b")
        with_acronym = {paper for paper, text in texts.items() if written.search(text)}
        with_long = {paper for paper, text in plain.items() if f" {long} " in f" {text} " or f" {long}s " in f" {text} "}
        if 1 <= len(with_long - with_acronym) <= 50:
            questions["acronym"].append((acronym, with_long - with_acronym))
        if 1 <= len(with_acronym - with_long) <= 50:
            questions["long form"].append((long, with_acronym - with_long))
    return {kind: draw.sample(found, min(100, len(found))) for kind, found in questions.items()}
