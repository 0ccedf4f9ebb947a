"""The reading list: kept in the browser, exported, asked for more."""

import json
import re

from harness import PageTest
from playwright.sync_api import expect


class ReadingList(PageTest):
    def saved(self):
        page = self.open("/?q=image+editing")
        saved = page.locator(".card .title").all_inner_texts()[:2]
        for card in page.locator(".card").all()[:2]:
            card.get_by_role("button", name="Save").click()
        self.assertEqual(page.locator("#listed").inner_text(), "2")
        return page, saved

    def exported(self, page, form):
        with page.expect_download() as download:
            page.locator("#reading").get_by_role("button", name=form, exact=True).click()
        with open(download.value.path(), encoding="utf-8") as file:
            return download.value.suggested_filename, file.read()

    def test_the_list_stays_and_is_exported(self):
        page, saved = self.saved()
        page.reload()
        self.assertEqual(page.locator("#listed").inner_text(), "2")
        self.assertEqual(page.locator('[data-save][aria-pressed="true"]').count(), 2)
        page.get_by_role("button", name="Reading list").click()
        self.assertEqual(page.locator("#read a").all_inner_texts(), saved)
        name, text = self.exported(page, "BibTeX")
        self.assertEqual(name, "reading-list.bib")
        self.assertEqual(text.count("\n@") + text.startswith("@"), 2)
        name, text = self.exported(page, "RIS")
        self.assertEqual((name, text.count("TY  - "), text.count("ER  - ")), ("reading-list.ris", 2, 2))
        name, text = self.exported(page, "CSL-JSON")
        self.assertEqual(name, "reading-list.json")
        self.assertEqual([paper["title"] for paper in json.loads(text)], saved)

    def test_papers_can_be_taken_off(self):
        page, saved = self.saved()
        page.locator(".card").first.get_by_role("button", name="Saved").click()
        self.assertEqual(page.locator("#listed").inner_text(), "1")
        page.get_by_role("button", name="Reading list").click()
        page.get_by_role("button", name=f"Remove {saved[1]}").click()
        self.assertTrue(page.locator("#none").is_visible())
        page.keyboard.press("Escape")
        self.assertFalse(page.locator("#reading").is_visible())
        self.assertEqual(page.locator('[data-save][aria-pressed="true"]').count(), 0)

    def test_more_like_these(self):
        page, saved = self.saved()
        page.get_by_role("button", name="Reading list").click()
        page.get_by_role("link", name="More like these").click()
        expect(page).to_have_url(re.compile("like=.*like="))
        expect(page.locator(".card .title").first).not_to_have_text(saved[0])
        shown = page.locator(".card .title").all_inner_texts()
        self.assertFalse(set(saved) & set(shown))
        self.assertFalse(page.locator("#reading").is_visible())

    def test_a_paper_that_left_the_collection_is_told(self):
        page, _ = self.saved()
        page.evaluate(
            """() => {
                const kept = JSON.parse(localStorage.getItem('semsearch.reading'));
                localStorage.setItem('semsearch.reading', JSON.stringify([...kept, {id: 'gone', title: 'A paper that left'}]));
            }"""
        )
        page.reload()
        page.get_by_role("button", name="Reading list").click()
        _, text = self.exported(page, "BibTeX")
        self.assertEqual(text.count("\n@") + text.startswith("@"), 2)
        expect(page.locator("#said")).to_contain_text("1 is no longer in the collection")

    def test_a_list_that_is_no_list_is_an_empty_one(self):
        page = self.open("/")
        for broken in ["{", "7", '[{"id": 7}, null]', '"x"']:
            page.evaluate("text => localStorage.setItem('semsearch.reading', text)", broken)
            page.reload()
            self.assertEqual(page.locator("#listed").inner_text(), "0")
