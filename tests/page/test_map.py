"""The map: drawn, moved in, asked, and read aloud."""

import re

from harness import PageTest
from playwright.sync_api import expect


class Map(PageTest):
    def map(self, path="/map", **options):
        page = self.open(path, **options)
        expect(page.locator("#map-list li").first).to_be_attached(timeout=60_000)
        return page

    def colours(self, page):
        """How many pixels of the canvas are drawn, and in how many colours."""
        return page.evaluate(
            """() => {
                const canvas = document.getElementById("map-canvas"), {width, height} = canvas;
                const bytes = canvas.getContext("2d").getImageData(0, 0, width, height).data, seen = new Map();
                for (let at = 0; at < bytes.length; at += 4) {
                    const colour = (bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2];
                    if (bytes[at + 3]) seen.set(colour, (seen.get(colour) ?? 0) + 1);
                }
                return [...seen.values()].filter(count => count > 20).length;
            }"""
        )

    def test_papers_are_drawn_and_regions_have_names(self):
        page = self.map()
        self.assertGreater(self.colours(page), 3)
        names = page.locator("#map-list li").all_text_contents()
        self.assertGreaterEqual(len(names), 3)
        self.assertEqual(len(set(names)), len(names))

    def test_every_way_to_colour(self):
        page = self.map()
        before = None
        for way in ["year", "topic"]:
            page.locator("#map-colour").select_option(way)
            page.wait_for_timeout(200)
            drawn = page.locator("#map-canvas").screenshot()
            self.assertNotEqual(drawn, before)
            before = drawn

    def test_a_question_lights_up_its_answers(self):
        page = self.map()
        dark = page.locator("#map-canvas").screenshot()
        page.locator("#q").fill("KV cache compression")
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(r"/map\?q=KV"))
        expect(page.locator("#map-list li").first).to_be_attached(timeout=60_000)
        page.wait_for_timeout(500)
        self.assertNotEqual(page.locator("#map-canvas").screenshot(), dark)

    def test_keys_go_from_paper_to_paper_and_open_one(self):
        page = self.map()
        page.locator("#map-canvas").focus()
        page.keyboard.press("ArrowRight")
        expect(page.locator("#map-said")).not_to_be_empty()
        title = page.locator("#map-said").inner_text()
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile("/papers/"))
        self.assertIn(page.locator("h1").inner_text()[:20], title)

    def test_the_wheel_draws_nearer(self):
        page = self.map()
        far = page.locator("#map-canvas").screenshot()
        page.locator("#map-canvas").hover()
        page.mouse.wheel(0, -400)
        page.wait_for_timeout(600)
        self.assertNotEqual(page.locator("#map-canvas").screenshot(), far)

    def test_two_fingers_and_a_tap(self):
        page = self.map(has_touch=True, viewport={"width": 390, "height": 844})
        box = page.locator("#map-canvas").bounding_box()
        before = page.locator("#map-canvas").screenshot()
        fingers = page.context.new_cdp_session(page)
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

        def touch(kind, apart):
            points = [{"x": x - apart, "y": y}, {"x": x + apart, "y": y}] if apart else []
            fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

        touch("touchStart", 20)
        for apart in range(30, 110, 10):
            touch("touchMove", apart)
        touch("touchEnd", 0)
        page.wait_for_timeout(600)
        self.assertNotEqual(page.locator("#map-canvas").screenshot(), before)

    def test_axe_finds_nothing(self):
        for scheme in ["light", "dark"]:
            for viewport in [{"width": 1200, "height": 900}, {"width": 360, "height": 740}]:
                self.assert_accessible(self.map("/map?q=retrieval", color_scheme=scheme, viewport=viewport))

    def test_search_and_map_lead_to_each_other(self):
        page = self.open("/?q=retrieval")
        page.get_by_role("link", name="Map", exact=True).click()
        expect(page).to_have_url(re.compile(r"/map\?q=retrieval"))
        page.get_by_role("link", name="Papers", exact=True).click()
        expect(page).to_have_url(re.compile(r"/\?q=retrieval"))
