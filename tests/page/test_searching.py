"""Searching, choosing and reading, by mouse and by keys."""

import json
import re
import subprocess
import unittest
import urllib.request

from harness import PROGRAM, PageTest
from playwright.sync_api import expect

QUESTION = "efficient KV cache compression"
MODEL = "all-MiniLM-L6-v2"


def is_there():
    return subprocess.run([PROGRAM, "model", "show", MODEL, "--offline"], capture_output=True).returncode == 0


class Searching(PageTest):
    def ask(self, question=QUESTION, **options):
        page = self.open("/", **options)
        page.locator("#q").fill(question)
        page.locator(".card").first.wait_for()
        return page

    def api(self, path):
        with urllib.request.urlopen(self.server.url + path) as answer:
            return json.load(answer)

    def titles(self, page):
        return page.locator(".card .title").all_inner_texts()

    def test_papers_come_as_one_types(self):
        page = self.open("/")
        self.assertIn("Ask 225 papers", page.locator("main").inner_text())
        page.keyboard.type(QUESTION, delay=20)
        expect(page).to_have_title(re.compile("^efficient KV cache compression"))
        self.assertIn("KV", self.titles(page)[0])
        self.assertTrue(page.url.endswith("/?q=efficient+KV+cache+compression"))
        expect(page.locator("#said")).to_contain_text("20 papers")
        # The same as by the API, and in the same order.
        hits = self.api("/api/search?k=20&q=" + QUESTION.replace(" ", "+"))["hits"]
        self.assertEqual(self.titles(page), [hit["title"] for hit in hits])

    def test_the_sentence_that_answers_and_the_words_are_marked(self):
        page = self.ask()
        page.locator(".abstract mark").first.wait_for()
        self.assertIn("kv", {word.lower() for word in page.locator(".card b").all_inner_texts()})
        # Nowhere is it cut off.
        for card in page.locator(".card").all():
            text, answer = card.locator(".abstract"), card.locator(".abstract mark")
            if answer.count():
                below = text.bounding_box()["y"] + text.bounding_box()["height"]
                self.assertLessEqual(answer.bounding_box()["y"] + answer.bounding_box()["height"], below + 2)

    def test_the_back_button_goes_from_question_to_question(self):
        page = self.ask("image generation")
        page.keyboard.press("Enter")
        first = self.titles(page)
        page.locator("#q").fill("protein folding")
        page.keyboard.press("Enter")
        expect(page).to_have_title(re.compile("^protein"))
        page.go_back()
        expect(page).to_have_title(re.compile("^image"))
        self.assertEqual(page.locator("#q").input_value(), "image generation")
        expect(page.locator(".card .title").first).to_have_text(first[0])
        page.go_forward()
        expect(page).to_have_title(re.compile("^protein"))

    def test_an_address_is_the_whole_search(self):
        page = self.open("/?q=retrieval&year=2024..2025&mode=lexical")
        self.assertEqual(page.locator("#q").input_value(), "retrieval")
        self.assertEqual(page.locator("#mode").input_value(), "lexical")
        self.assertIn("by words", page.locator(".heading").inner_text())
        for year in page.locator(".card time").all_inner_texts():
            self.assertIn(year[:4], ["2024", "2025"])

    def test_every_way_to_search_can_be_chosen(self):
        page = self.ask()
        for mode, told in [("dense", "by meaning"), ("lexical", "by words"), ("exact", "compared with every paper")]:
            page.locator("#mode").select_option(mode)
            expect(page).to_have_url(re.compile(f"mode={mode}"))
            expect(page.locator(".heading")).to_contain_text(told)

    def test_a_value_of_a_field_chooses_papers_and_can_be_let_go(self):
        page = self.open("/?q=language+models")
        counts = self.api("/api/facets?by=org&q=language+models&top=200&limit=8")["values"]
        section = page.locator(".sidebar section", has=page.get_by_role("heading", name="Organization"))
        shown = [line.split("\n") for line in section.locator("li").all_inner_texts()]
        self.assertEqual([(name, int(count)) for name, count in shown], [(v["value"], v["papers"]) for v in counts])
        name, count = shown[0]
        section.locator("li a").first.click()
        page.locator(".chosen a").wait_for()
        self.assertEqual(page.locator(".chosen a").inner_text(), f"org: {name} ×")
        self.assertIn("org=", page.url)
        for line in page.locator(".byline").all_inner_texts():
            self.assertIn(name, line)
        # Typing keeps what is chosen.
        page.locator("#q").fill("agents")
        expect(page).to_have_title(re.compile("^agents"))
        self.assertIn("org=", page.url)
        page.locator(".chosen a").click()
        page.locator(".chosen").wait_for(state="detached")
        self.assertNotIn("org=", page.url)

    def test_years_are_drawn_over(self):
        page = self.open("/")
        bars = page.locator(".years .bar")
        years = [int(bar.get_attribute("data-year")) for bar in bars.all()]
        self.assertGreater(len(years), 2)
        first, last = bars.nth(len(years) - 2).bounding_box(), bars.nth(len(years) - 1).bounding_box()
        page.mouse.move(first["x"] + 3, first["y"] + 30)
        page.mouse.down()
        page.mouse.move(last["x"] + 3, last["y"] + 30, steps=8)
        self.assertEqual(page.locator(".bar.drawn").count(), 2)
        page.mouse.up()
        page.locator(".chosen").wait_for()
        self.assertEqual(page.locator(".chosen").inner_text(), f"year: {years[-2]}..{years[-1]} ×")
        self.assertEqual(page.locator(".bar.is-chosen").count(), 2)
        # All years are still there to go to, and one is a click.
        self.assertEqual(page.locator(".years .bar").count(), len(years))
        page.locator(".years .bar").last.click()
        expect(page.locator(".chosen")).to_have_text(f"year: {years[-1]} ×")

    def test_keys_go_through_the_papers(self):
        page = self.ask()
        page.locator("main").click(position={"x": 5, "y": 5})
        page.keyboard.press("/")
        self.assertEqual(page.evaluate("document.activeElement.id"), "q")
        titles = self.titles(page)
        for title in titles[:3]:
            page.keyboard.press("ArrowDown")
            self.assertEqual(page.evaluate("document.activeElement.innerText"), title)
        page.keyboard.press("ArrowUp")
        page.keyboard.press("Enter")
        page.locator(".alone h1").wait_for()
        self.assertEqual(page.locator(".alone h1").inner_text(), titles[1])
        page.keyboard.press("Escape")
        page.locator(".heading").wait_for()
        self.assertEqual(self.titles(page), titles)
        page.locator("#q").focus()
        page.keyboard.press("Escape")
        page.locator(".examples").wait_for()
        self.assertEqual(page.locator("#q").input_value(), "")

    def test_similar_papers(self):
        page = self.ask()
        first = self.titles(page)[0]
        page.locator(".card").first.get_by_role("link", name="Similar papers").click()
        page.wait_for_url(re.compile(r"\?like="))
        expect(page.locator(".card .title").first).not_to_have_text(first)
        self.assertNotIn(first, self.titles(page))
        self.assertIn("KV", " ".join(self.titles(page)))

    def test_more_papers_follow(self):
        page = self.ask()
        first = self.titles(page)
        page.get_by_role("link", name="More papers").click()
        expect(page.locator(".card .title").first).not_to_have_text(first[0])
        self.assertFalse(set(first) & set(self.titles(page)))
        self.assertIn("after the first 20", page.locator(".heading").inner_text())

    def test_bibtex_and_link_are_copied(self):
        page = self.ask()
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        card = page.locator(".card").first
        card.get_by_role("button", name="Copy BibTeX").click()
        card.get_by_role("button", name="Copied").wait_for()
        copied = page.evaluate("navigator.clipboard.readText()")
        self.assertTrue(copied.startswith("@"), copied)
        self.assertIn(self.titles(page)[0].split()[-1], copied)

    def test_nothing_found_and_a_wrong_filter(self):
        page = self.open("/?q=retrieval&year=1890")
        self.assertIn("No paper here answers this", page.locator("main").inner_text())
        page.get_by_role("link", name="Search all papers").click()
        page.locator(".card").first.wait_for()
        page = self.open("/?q=retrieval&year=abc")
        self.assertIn("a range of years", page.get_by_role("alert").inner_text())

    def test_the_form_works_without_the_script(self):
        page = self.open("/", java_script_enabled=False)
        page.locator("#q").fill(QUESTION)
        page.get_by_role("button", name="Search").click()
        page.locator(".card").first.wait_for()
        self.assertIn("KV", page.locator(".card .title").first.inner_text())

    def test_papers_that_are_added_are_found_without_a_restart(self):
        page = self.ask("submarine volcanoes of the southern ocean")
        self.server.run("embed", self.more())
        page.locator("#q").fill("submarine volcanoes of the southern ocean ")
        expect(page.locator(".card .title").first).to_have_text("Submarine volcanoes")
        self.server.run("remove", "volcanoes")

    def more(self):
        path = self.server.index.parent / "more.jsonl"
        paper = {"id": "volcanoes", "title": "Submarine volcanoes", "abstract": "Of the southern ocean.", "year": 2020}
        path.write_text(json.dumps(paper), encoding="utf-8")
        return path

    def test_the_page_is_light(self):
        page = self.open("/?q=retrieval")
        sizes = page.evaluate(
            """() => [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
                .map(entry => [new URL(entry.name).pathname, entry.encodedBodySize])"""
        )
        self.assertFalse([name for name, _ in sizes if "katex" in name])
        self.assertGreaterEqual(len(sizes), 3)
        self.assertLessEqual(sum(size for _, size in sizes), 60_000)


@unittest.skipUnless(is_there(), "all-MiniLM-L6-v2 is not on this machine")
class Unanswered(PageTest):
    # What nothing answers is judged for models whose cosines were measured.
    model = MODEL

    def test_a_question_that_nothing_answers_is_told(self):
        page = self.open("/?q=how+to+bake+a+sourdough+bread+with+rye+flour")
        self.assertIn("Nothing here is likely to answer this", page.locator("main").inner_text())
        page = self.open("/?q=efficient+KV+cache+compression")
        self.assertNotIn("Nothing here is likely to answer this", page.locator("main").inner_text())
